//! Files that are played instead of the sentences the house speaks: at most one for each sentence and language.

use diesel::prelude::*;

use super::schema::sounds;
use super::{StorageError, Tx};
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    pub sentence: Sentence,
    pub language: Language,
    pub url: String,
}

pub fn find(tx: &mut Tx, sentence: Sentence, language: Language) -> Result<Option<String>, StorageError> {
    let one = sounds::table.find((sentence.code(), language.code()));
    Ok(one.select(sounds::url).first(tx.conn).optional()?)
}

/// All of them: they are few.
pub fn all(tx: &mut Tx) -> Result<Vec<Sound>, StorageError> {
    let rows: Vec<(String, String, String)> = sounds::table
        .order((sounds::sentence, sounds::language))
        .select((sounds::sentence, sounds::language, sounds::url))
        .load(tx.conn)?;
    let sound = |(sentence, language, url): (String, String, String)| {
        Ok(Sound {
            sentence: sentence.parse().map_err(|error| StorageError::unreadable("sounds", error))?,
            language: language.parse().map_err(|error| StorageError::unreadable("sounds", error))?,
            url,
        })
    };
    rows.into_iter().map(sound).collect()
}

/// Instead of the one there was.
pub fn put(tx: &mut Tx, sound: &Sound) -> Result<(), StorageError> {
    remove(tx, sound.sentence, sound.language)?;
    diesel::insert_into(sounds::table)
        .values((
            sounds::sentence.eq(sound.sentence.code()),
            sounds::language.eq(sound.language.code()),
            sounds::url.eq(&sound.url),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn remove(tx: &mut Tx, sentence: Sentence, language: Language) -> Result<(), StorageError> {
    diesel::delete(sounds::table.find((sentence.code(), language.code()))).execute(tx.conn)?;
    Ok(())
}
