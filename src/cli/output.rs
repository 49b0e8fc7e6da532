//! What commands write: logs on the error output, results on the other.

use tracing_subscriber::EnvFilter;

use super::CommandError;
use crate::config::Settings;

pub fn log(settings: &Settings) -> Result<(), CommandError> {
    let (filter, json) = settings.log()?;
    let filter = EnvFilter::try_new(&filter)
        .map_err(|_| CommandError::Said(format!("TALKTIME_LOG is {filter:?}, which is not a filter of logs")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.init();
    }
    Ok(())
}

/// One JSON object on a line of its own.
pub fn json(value: &impl serde::Serialize) {
    println!("{}", serde_json::to_string(value).expect("results are plain data"));
}
