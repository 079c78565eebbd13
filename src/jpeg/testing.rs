//! Small JPEGs and TIFF structures, built byte by byte for the tests of this room.

/// A file under construction.
#[derive(Clone)]
pub(super) struct Jpeg(pub(super) Vec<u8>);

impl Jpeg {
    /// Begins with SOI.
    pub(super) fn new() -> Self {
        Self(vec![0xff, 0xd8])
    }

    /// Begins with SOI and sound tables: quantisation 0, Huffman 0 of both classes.
    pub(super) fn with_tables() -> Self {
        Self::new().quantisation(0).huffman(0x00).huffman(0x10)
    }

    /// Adds bytes as they are.
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Adds a marker with its parameters.
    pub(super) fn segment(self, code: u8, data: &[u8]) -> Self {
        let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        self.raw(&[0xff, code]).raw(&length).raw(data)
    }

    /// Adds DQT.
    pub(super) fn quantisation(self, id: u8) -> Self {
        self.segment(0xdb, &[&[id][..], &[1; 64]].concat())
    }

    /// Adds DHT with one code of 4 bits; `head` is class and number.
    pub(super) fn huffman(self, head: u8) -> Self {
        self.segment(0xc4, &[&[head, 0, 0, 0, 1][..], &[0; 12], &[0]].concat())
    }

    /// Adds SOF`n` of 8 bits; components are id, factors and quantisation table.
    pub(super) fn frame(self, n: u8, width: u16, height: u16, components: &[[u8; 3]]) -> Self {
        let ([h0, h1], [w0, w1]) = (height.to_be_bytes(), width.to_be_bytes());
        let count = u8::try_from(components.len()).unwrap();
        let head = [8, h0, h1, w0, w1, count];
        self.segment(0xc0 | n, &[&head[..], components.as_flattened()].concat())
    }

    /// Adds SOS over components by id, all with tables 0, and `data` after it.
    pub(super) fn scan(self, ids: &[u8], parameters: [u8; 3], data: &[u8]) -> Self {
        let mut header = vec![u8::try_from(ids.len()).unwrap()];
        header.extend(ids.iter().flat_map(|&id| [id, 0]));
        header.extend(parameters);
        self.segment(0xda, &header).raw(data)
    }

    /// Ends with EOI.
    pub(super) fn end(self) -> Vec<u8> {
        self.raw(b"\xff\xd9").0
    }
}

/// Returns the parameters of a sequential scan.
pub(super) const WHOLE: [u8; 3] = [0, 63, 0];

/// Returns a colour picture of 33×17 with restarts every two of its six MCUs.
pub(super) fn small() -> Vec<u8> {
    let exif = [&b"Exif\0\0"[..], &tiff(true, 6, b"\xff\xd8\xff\xd9")].concat();
    Jpeg::new()
        .segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        .segment(0xe1, &exif)
        .segment(0xe2, b"ICC_PROFILE\0\x02\x02second")
        .segment(0xe2, b"ICC_PROFILE\0\x01\x02first ")
        .segment(0xfe, b"a comment")
        .quantisation(0)
        .frame(0, 33, 17, &[[1, 0x22, 0], [2, 0x11, 0], [3, 0x11, 0]])
        .huffman(0x00)
        .huffman(0x10)
        .segment(0xdd, &[0, 2])
        .scan(&[1, 2, 3], WHOLE, b"ab\xff\0\xff\xd0cd\xff\xd1ef")
        .end()
}

/// Returns a TIFF structure: IFD0 with an orientation, then IFD1 with a preview.
pub(super) fn tiff(is_little: bool, orientation: u16, preview: &[u8]) -> Vec<u8> {
    let short = |n: u16| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let long = |n: u32| if is_little { n.to_le_bytes() } else { n.to_be_bytes() };
    let mut bytes = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    let mut add = |part: &[u8]| bytes.extend_from_slice(part);
    add(&long(8));
    add(&short(1));
    add(&[short(0x0112), short(3)].concat());
    add(&long(1));
    add(&[short(orientation), short(0)].concat());
    add(&long(26));
    add(&short(2));
    for (tag, value) in [(0x0201, 56), (0x0202, u32::try_from(preview.len()).unwrap())] {
        add(&[short(tag), short(4)].concat());
        add(&long(1));
        add(&long(value));
    }
    add(&long(0));
    add(preview);
    bytes
}
