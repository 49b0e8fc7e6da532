//! The parameters of a request as the carrier reads them: unknown ones are ignored, the last of a repeated one counts.

pub type Params = Vec<(String, String)>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(pub Params);

/// Why the carrier refuses a request: the HTTP status, its own code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub http: u16,
    pub code: u32,
    pub message: String,
}

impl Refusal {
    pub fn bad(code: u32, message: &str) -> Self {
        Self { http: 400, code, message: message.to_owned() }
    }

    pub fn not_found(what: &str) -> Self {
        Self { http: 404, code: 20404, message: format!("The requested resource {what} was not found") }
    }
}

impl Form {
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(params(pairs))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that means nothing when it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Any value other than true counts as false.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).map(|value| value.eq_ignore_ascii_case("true"))
    }

    pub fn number(&self, name: &str, code: u32) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.filled(name) else { return Ok(None) };
        match value.parse::<i64>() {
            Ok(number) if number >= 0 => Ok(Some(number)),
            _ => Err(Refusal::bad(code, &format!("{name} '{value}' is not a whole number"))),
        }
    }
}

pub fn params(pairs: &[(&str, &str)]) -> Params {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
