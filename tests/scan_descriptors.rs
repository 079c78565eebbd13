//! A scan with hardly any descriptor to spare. Alone in its process: the limit is everyone's.

mod trees;

use jpegasus::scan::{Check, EngineKind, ScanPlan};
use rustix::process::{Resource, getrlimit, setrlimit};
use trees::{OURS, World, find, plan_of};

#[test]
fn few_descriptors_cost_time_but_no_photo() {
    let world = World::new();
    let mut deep = String::from("deep");
    for at in 0..60 {
        world.file(format!("{}/{}/{at}/a.jpg", at % 3, at % 11), b"\xff\xd8\xff");
        world.file(format!("{deep}/b.jpg"), b"\xff\xd8\xff");
        deep += &format!("/{at}");
    }
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(40);
    setrlimit(Resource::Nofile, limit).unwrap();
    for engine in OURS {
        for (threads, check) in [(1, Check::Name), (16, Check::Name), (4, Check::Magic)] {
            let plan = ScanPlan { engine, threads, check, check_threads: 4, ..plan_of(world.path()) };
            let found = find(&plan);
            assert_eq!(
                (found.paths.len(), found.faults.len()),
                (120, 0),
                "{engine} {threads} {:?}",
                found.faults
            );
        }
    }
    let found = find(&ScanPlan { engine: EngineKind::Native, ..plan_of(world.path()) });
    assert_eq!((found.paths.len(), found.faults.len()), (120, 0));
}
