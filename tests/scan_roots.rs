//! Where a scan begins: each file is found once, by the path of the root that was named first.

mod trees;

use jpegasus::error::Kind;
use jpegasus::fs::{Faults, Fs, Op};
use jpegasus::scan::{EngineKind, IgnoreFiles, ScanPlan, SystemNames};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trees::{World, find, plan_of, refusal};

fn roots(paths: &[PathBuf]) -> ScanPlan {
    ScanPlan { roots: paths.to_vec(), ..ScanPlan::default() }
}

fn tree() -> World {
    let world = World::new();
    world.files(&["a/1.jpg", "a/b/2.jpg", "a/b/c/3.jpg", "a/@eaDir/d/4.jpg", "a/note.txt", "z/5.jpg"]);
    world
}

/// Finds with every engine.
fn names(world: &World, plan: &ScanPlan) -> Vec<String> {
    let found = EngineKind::ALL.map(|engine| find(&ScanPlan { engine, ..plan.clone() }).names(world.path()));
    assert!(found.iter().all(|names| *names == found[0]), "{found:?}");
    found[0].clone()
}

#[test]
fn overlapping_roots_give_each_file_once() {
    let world = tree();
    let all = ["a/1.jpg", "a/@eaDir/d/4.jpg", "a/b/2.jpg", "a/b/c/3.jpg"];
    let (a, b, c) = (world.at("a"), world.at("a/b"), world.at("a/b/c"));
    for order in [[&a, &b, &c], [&c, &b, &a], [&b, &a, &c], [&a, &a, &a]] {
        let plan = roots(&order.map(Clone::clone));
        assert_eq!(names(&world, &plan), all, "{order:?}");
    }
    let plan = roots(&[a.clone(), world.at("a/b/c/3.jpg"), world.at("a/note.txt"), world.at("a/note.txt")]);
    assert_eq!(names(&world, &plan).len(), 5, "a file that was named counts whatever its name");
}

#[test]
fn another_spelling_of_a_root_is_the_same_root() {
    let world = tree();
    world.link("to-b", "a/b");
    let plan = roots(&[world.at("to-b"), world.at("a/b/.."), world.at("a"), world.at("a/b/../b/c")]);
    let found = names(&world, &plan);
    assert_eq!(found, ["a/b/../1.jpg", "a/b/../@eaDir/d/4.jpg", "a/b/../b/2.jpg", "a/b/../b/c/3.jpg"]);
    assert_eq!(names(&world, &roots(&[world.at("to-b")])), ["to-b/2.jpg", "to-b/c/3.jpg"]);
    assert_eq!(names(&world, &roots(&[world.at("to-b/")])), ["to-b/2.jpg", "to-b/c/3.jpg"]);
}

#[test]
fn an_inner_root_that_the_outer_walk_misses_is_a_root_of_its_own() {
    let world = tree();
    let (a, b, c, d) = (world.at("a"), world.at("a/b"), world.at("a/b/c"), world.at("a/@eaDir/d"));
    let skip = ScanPlan { system_names: SystemNames::Skip, ..roots(&[a.clone(), d.clone(), b.clone()]) };
    assert_eq!(names(&world, &skip), ["a/1.jpg", "a/@eaDir/d/4.jpg", "a/b/2.jpg", "a/b/c/3.jpg"]);
    let exclude = ScanPlan { exclude: vec!["b".into()], ..roots(&[a.clone(), c.clone()]) };
    assert_eq!(names(&world, &exclude), ["a/1.jpg", "a/@eaDir/d/4.jpg", "a/b/c/3.jpg"]);
    let path = ScanPlan { exclude: vec!["b/c".into()], ..roots(&[a.clone(), b.clone()]) };
    assert_eq!(names(&world, &path), ["a/1.jpg", "a/@eaDir/d/4.jpg", "a/b/2.jpg", "a/b/c/3.jpg"]);
    let shallow = ScanPlan { max_depth: Some(1), ..roots(&[a.clone(), b, c]) };
    assert_eq!(names(&world, &shallow), ["a/1.jpg", "a/b/2.jpg", "a/b/c/3.jpg"]);
    let file = ScanPlan { max_depth: Some(1), ..roots(&[a.clone(), world.at("a/b/2.jpg")]) };
    assert_eq!(names(&world, &file), ["a/1.jpg", "a/b/2.jpg"]);
    world.file("a/.ignore", b"b\n");
    let obeys = ScanPlan {
        engine: EngineKind::Ignore,
        ignore_files: IgnoreFiles::Obey,
        ..roots(&[a, world.at("a/b/c"), world.at("a/1.jpg")])
    };
    assert_eq!(find(&obeys).names(world.path()), ["a/1.jpg", "a/@eaDir/d/4.jpg", "a/b/c/3.jpg"]);
}

#[test]
fn names_of_one_inode_and_files_by_size_are_roots_like_others() {
    let world = tree();
    std::fs::hard_link(world.at("z/5.jpg"), world.at("z/6.jpg")).unwrap();
    let both = roots(&[world.at("z/5.jpg"), world.at("z/6.jpg"), world.at("z/../z/5.jpg")]);
    assert_eq!(names(&world, &both), ["z/5.jpg", "z/6.jpg"]);
    let large = ScanPlan { file_size: vec!["+2".parse().unwrap()], ..both };
    assert!(names(&world, &large).is_empty());
}

#[test]
fn a_pruned_folder_is_not_entered() {
    let world = tree();
    let id = Fs::default().status(&world.at("a/b")).unwrap().id;
    let plan = ScanPlan { prune: vec![id], ..plan_of(world.at("a")) };
    assert_eq!(names(&world, &plan), ["a/1.jpg", "a/@eaDir/d/4.jpg"]);
    let inner = ScanPlan { prune: vec![id], ..roots(&[world.at("a"), world.at("a/b/c")]) };
    assert_eq!(names(&world, &inner), ["a/1.jpg", "a/@eaDir/d/4.jpg", "a/b/c/3.jpg"]);
}

#[test]
fn what_makes_no_sense_is_refused_before_any_work() {
    let world = tree();
    mknodat(CWD, world.at("fifo"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    world.link("round", "round");
    for (name, why) in [
        ("missing", "no such file or folder"),
        ("a/1.jpg/x", "no such file or folder"),
        ("round", "no such file or folder"),
        ("fifo", "neither a file nor a folder"),
    ] {
        let error = refusal(&roots(&[world.at("a"), world.at(name)]));
        assert_eq!(error.kind, Kind::Usage);
        assert_eq!(error.to_string(), format!("{}: {why}", world.at(name).display()));
    }
    let plan = plan_of(world.path());
    let bad = [
        ScanPlan { exclude: vec!["[".into()], ..plan.clone() },
        ScanPlan { extensions: vec![], ..plan.clone() },
        ScanPlan { ignore_files: IgnoreFiles::Obey, ..plan.clone() },
        ScanPlan { roots: vec![world.at("a"); 65_536], ..plan },
    ];
    for plan in &bad {
        assert_eq!(refusal(plan).kind, Kind::Usage);
    }
}

#[test]
fn no_root_is_the_working_folder() {
    let found = find(&ScanPlan { extensions: vec!["rs".into()], ..ScanPlan::default() });
    assert!(found.paths.contains(b"./src/scan/mod.rs".as_slice()));
    assert!(found.paths.iter().all(|path| path.starts_with(b"./")));
}

/// A drive that does not answer.
struct Away(PathBuf);

impl Faults for Away {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        (op == Op::Status && path == self.0).then(|| io::Error::from_raw_os_error(5))
    }
}

#[test]
fn a_root_that_cannot_be_looked_at_is_still_a_root() {
    let world = World::new();
    world.files(&["a/1.jpg", "b/2.jpg"]);
    let fs = Fs::with_faults(Arc::new(Away(world.at("b"))));
    let roots = vec![world.at("a"), world.at("b")];
    let plan = ScanPlan { roots: roots.clone(), ..ScanPlan::default() };
    let resolved: Vec<_> = plan.resolve(&fs).unwrap().into_iter().map(|root| root.path).collect();
    assert_eq!(resolved, roots, "outputs must not lie elsewhere because a drive was away");
}
