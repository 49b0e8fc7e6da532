//! A table as a file to be opened in a spreadsheet.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;

use super::error::PageError;

/// No download has more lines: whoever wants more narrows the filter, or asks the API page by page.
pub const MOST_LINES: usize = 10_000;

pub fn csv(
    file_name: &str,
    header_line: &[&str],
    lines: impl IntoIterator<Item = Vec<String>>,
) -> Result<HttpResponse, PageError> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let mut write = |line: Vec<String>| writer.write_record(line).map_err(|error| PageError::internal(&error));
    write(header_line.iter().map(|name| (*name).to_owned()).collect())?;
    for line in lines {
        write(line.into_iter().map(harmless).collect())?;
    }
    let bytes = writer.into_inner().map_err(|error| PageError::internal(error.error()))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")))
        .body(bytes))
}

/// A piece of a file that is sent as it is read.
pub fn lines(rows: Vec<Vec<String>>) -> Result<Bytes, PageError> {
    let mut writer = csv::Writer::from_writer(vec![]);
    for row in rows {
        let harmless = row.into_iter().map(harmless);
        writer.write_record(harmless).map_err(|error| PageError::internal(&error))?;
    }
    Ok(writer.into_inner().map_err(|error| PageError::internal(error.error()))?.into())
}

/// A spreadsheet would take these for formulas; amounts below zero and phone numbers are none.
fn harmless(cell: String) -> String {
    let is_number = |text: &str| text.bytes().skip(1).all(|b| b.is_ascii_digit() || b == b'.');
    match cell.as_bytes().first() {
        Some(b'=' | b'@' | b'\t' | b'\r') => format!("'{cell}"),
        Some(b'+' | b'-') if !is_number(&cell) => format!("'{cell}"),
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        let cells = ["=1+1", "@x", "-2+3", "+cmd", "-0.80", "+14155550123", "plain", ""].map(str::to_owned);
        assert_eq!(cells.map(harmless), ["'=1+1", "'@x", "'-2+3", "'+cmd", "-0.80", "+14155550123", "plain", ""]);
    }
}
