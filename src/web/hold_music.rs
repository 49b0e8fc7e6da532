//! The sound file that waiting phones hear where the operator names none: a few quiet notes, made when first asked for.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};

/// As telephones carry it.
const SAMPLES_A_SECOND: u32 = 8_000;
/// The default of `TALKTIME_HOLD_MUSIC_SECONDS`.
const SECONDS: u32 = 8;
/// Hertz; each sounds for a second and fades.
const NOTES: [u32; 4] = [392, 494, 440, 330];
const LOUDNESS: u32 = 20;

static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let samples: Vec<u8> = (0..SAMPLES_A_SECOND * SECONDS).map(sample).collect();
    let length = u32::try_from(samples.len()).expect("it is short");
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // Plain samples, one channel, a byte each.
    file.extend([1, 0, 1, 0]);
    file.extend(SAMPLES_A_SECOND.to_le_bytes());
    file.extend(SAMPLES_A_SECOND.to_le_bytes());
    file.extend([1, 0, 8, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    file
});

/// A triangle around the middle that grows smaller through its second.
fn sample(place: u32) -> u8 {
    let (second, within) = (place / SAMPLES_A_SECOND, place % SAMPLES_A_SECOND);
    let note = NOTES[second as usize % NOTES.len()];
    // Up to the middle of each wave, and down again.
    let wave = (note * within) % SAMPLES_A_SECOND;
    let height = wave.min(SAMPLES_A_SECOND - wave) * 2 * LOUDNESS / SAMPLES_A_SECOND;
    let fading = height * (SAMPLES_A_SECOND - within) / SAMPLES_A_SECOND;
    128 + u8::try_from(fading).expect("it is never louder than LOUDNESS")
}

pub fn routes(service: &mut ServiceConfig) {
    service.route("/hold-music.wav", web::get().to(get));
}

async fn get() -> HttpResponse {
    HttpResponse::Ok().content_type("audio/wav").body(FILE.as_slice())
}
