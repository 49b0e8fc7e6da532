//! What a program wants done if an answering machine answers.

use super::input::{Fields, invalid};
use super::operations::message;
use crate::domain::call::machine::{Detection, MachineChoice, NobodyListens};
use crate::domain::setting::Choice;
use crate::web::error::ApiError;

/// What is not given is as the plan, or the call, has it; with a detection a machine is left what is given beside it.
pub(super) fn machine(fields: &mut Fields) -> Result<MachineChoice, ApiError> {
    let detection = fields.optional_text("machine_detection")?.map(|word| Detection::read(&word)).transpose();
    let detection = detection.map_err(|why| invalid("machine_detection", &why))?;
    let message = message(fields, "machine_message", "machine_sound")?;
    MachineChoice::new(detection, message)
        .map_err(|why: NobodyListens| invalid("machine_detection", &format!("is off, and {why}")))
}
