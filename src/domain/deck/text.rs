//! The bytes of a file as text: UTF-8, UTF-16 that says so at its beginning, or what Windows of the west writes.

use std::borrow::Cow;

use super::BadLine;

/// What bytes 0x80 to 0x9f are in Windows-1252; NUL where there is nothing.
const WINDOWS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Vec<BadLine>> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes).map(Cow::Owned),
        [0xef, 0xbb, 0xbf, rest @ ..] => of_bytes(rest),
        _ => of_bytes(bytes),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Vec<BadLine>> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        Ok(_) | Err(_) => Err(named(vec![1], "begins as UTF-16 and goes on as something else; save the file as UTF-8")),
    }
}

/// Text of both kinds in one file would be read wrong whichever we took.
fn of_bytes(bytes: &[u8]) -> Result<Cow<'_, str>, Vec<BadLine>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let no_utf_8 = lines_where(bytes, |line| std::str::from_utf8(line).is_err());
    let accented = lines_where(bytes, |line| !line.is_ascii());
    if accented.len() > no_utf_8.len() {
        return Err(named(no_utf_8, "is not text in UTF-8, and other lines are"));
    }
    let nothing = lines_where(bytes, |line| line.iter().any(|byte| of_windows(*byte).is_none()));
    if !nothing.is_empty() {
        return Err(named(nothing, "is text neither in UTF-8 nor in Windows-1252; save the file as UTF-8"));
    }
    Ok(Cow::Owned(bytes.iter().filter_map(|byte| of_windows(*byte)).collect()))
}

fn of_windows(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9f => Some(WINDOWS[usize::from(byte - 0x80)]).filter(|known| *known != '\0'),
        _ => Some(char::from(byte)),
    }
}

fn lines_where(bytes: &[u8], is: impl Fn(&[u8]) -> bool) -> Vec<u64> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    lines.filter(|(line, _)| is(line)).map(|(_, number)| number).collect()
}

fn named(lines: Vec<u64>, reason: &str) -> Vec<BadLine> {
    lines.into_iter().map(|line| super::bad(line, "line", reason.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_read_in_every_coding() {
        let words = "1;Côte d’Ivoire – €\n";
        let utf_16 = |unit: fn(u16) -> [u8; 2]| words.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let windows = b"1;C\xf4te d\x92Ivoire \x96 \x80\n".to_vec();
        for bytes in [
            words.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", words.as_bytes()].concat(),
            [b"\xff\xfe".to_vec(), utf_16(u16::to_le_bytes)].concat(),
            [b"\xfe\xff".to_vec(), utf_16(u16::to_be_bytes)].concat(),
            windows,
        ] {
            assert_eq!(decode(&bytes).unwrap(), words, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_named_by_its_lines() {
        let lines = |bytes: &[u8]| decode(bytes).unwrap_err().into_iter().map(|bad| bad.line).collect::<Vec<_>>();
        assert_eq!(
            lines("1\nü\n".as_bytes().iter().chain(b"\xfc\n1\n\xfc").copied().collect::<Vec<_>>().as_slice()),
            [3, 5]
        );
        assert_eq!(lines(b"1\n\x81\n"), [2]);
        assert_eq!(lines(b"\xff\xfe1"), [1]);
    }
}
