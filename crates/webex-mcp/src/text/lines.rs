//! The text of an answer: the same facts as its structure, in compact lines and in the order in
//! which the output declares them.
//!
//! It is a serde serializer, so that it sees types: what people wrote ([`super::Theirs`]) is quoted
//! line by line, whatever its field is called; everything else stays on its one line.

use std::fmt::{Display, Write as _};

use serde::ser::{self, Impossible, Serialize, Serializer};
use serde_json::{Error, Value};

use super::block::{Block, Place};
use super::clean::{clean, is_plain_line};
use super::theirs::{THEIRS, UNSHOWN};
use crate::limits;

const CUT: &str = "\n… cut here: ask for less with max, or for one entry by its id";
/// What may still be added: how many hidden characters were removed.
const RESERVED_BYTES: usize = 64;

/// Facts as lines.
#[derive(Debug)]
pub struct Lines {
    pub text: String,
    /// Hidden characters that were removed from what people wrote.
    pub hidden: usize,
}

/// # Errors
/// The facts are of a form that JSON has not either.
pub fn lines<T: Serialize>(facts: &T) -> Result<Lines, Error> {
    let (mut text, mut hidden) = (String::with_capacity(1024), 0);
    let mut top = Block::new(&mut text, 0, &mut hidden);
    facts.serialize(Part::of(&mut top, "", Place::Root))?;
    top.close();
    if text.starts_with('\n') {
        text.remove(0);
    }
    let max = limits::ANSWER_TEXT_MAX_BYTES - RESERVED_BYTES;
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max - CUT.len()));
        text.push_str(CUT);
    }
    Ok(Lines { text, hidden })
}

/// What kind of string comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Facts,
    Theirs,
    Unshown,
}

/// One value of a block.
struct Part<'p, 'o> {
    block: &'p mut Block<'o>,
    key: &'p str,
    place: Place,
    kind: Kind,
}

impl<'p, 'o> Part<'p, 'o> {
    fn of(block: &'p mut Block<'o>, key: &'p str, place: Place) -> Self {
        Part {
            block,
            key,
            place,
            kind: Kind::Facts,
        }
    }

    /// A block within the block.
    fn open(self) -> Block<'p> {
        self.block.open(self.key, self.place)
    }

    fn plain(self, value: impl Display) -> Result<(), Error> {
        let out = self.block.plain(self.key, self.place);
        write!(out, "{value}").map_err(ser::Error::custom)
    }
}

/// Methods that write a plain value.
macro_rules! plain {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            self.plain(value)
        })*
    };
}

impl<'p, 'o> Serializer for Part<'p, 'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = List<'p, 'o>;
    type SerializeTuple = List<'p, 'o>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Block<'p>;
    type SerializeStruct = Block<'p>;
    type SerializeStructVariant = Impossible<(), Error>;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char
    }

    /// What people wrote tells its hidden characters only to a format that is not for people.
    fn is_human_readable(&self) -> bool {
        self.kind != Kind::Theirs
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        match self.kind {
            Kind::Facts => {
                let out = self.block.plain(self.key, self.place);
                match is_plain_line(value) {
                    true => out.push_str(value),
                    false => out.push_str(&clean(value).replace(['\n', '\t'], " ")),
                }
                Ok(())
            }
            Kind::Theirs => {
                self.block.quote(self.key, value);
                Ok(())
            }
            Kind::Unshown => {
                let length = value.len();
                self.plain(format_args!(
                    "{length} characters, in the structured content"
                ))
            }
        }
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(nowhere())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.plain("null")
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.plain("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.plain("null")
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.plain(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        match name {
            THEIRS => self.kind = Kind::Theirs,
            UNSHOWN => self.kind = Kind::Unshown,
            _ => {}
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if name == THEIRS {
            *self.block.hidden += index as usize;
            return value.serialize(self);
        }
        let mut block = self.open();
        value.serialize(Part::of(&mut block, variant, Place::Field))?;
        block.close();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'p, 'o>, Error> {
        Ok(List { part: self, len: 0 })
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'p, 'o>, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Refused {
        Err(nowhere())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Refused {
        Err(nowhere())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Block<'p>, Error> {
        Ok(self.open())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Block<'p>, Error> {
        Ok(self.open())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Refused {
        Err(nowhere())
    }
}

type Refused = Result<Impossible<(), Error>, Error>;

/// Outputs are objects with fields, lists and values; the tests of the catalogue find another.
fn nowhere() -> Error {
    ser::Error::custom("this form has no place in an answer")
}

/// A list: plain values share a line, objects have one each.
struct List<'p, 'o> {
    part: Part<'p, 'o>,
    len: usize,
}

impl List<'_, '_> {
    fn item<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let place = Place::Item(self.len);
        self.len += 1;
        value.serialize(Part::of(self.part.block, self.part.key, place))
    }
}

/// Two traits that differ in name only.
macro_rules! list {
    ($($name:ident),*) => {
        $(impl ser::$name for List<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                Ok(())
            }
        })*
    };
}

list! { SerializeSeq, SerializeTuple }

impl ser::SerializeStruct for Block<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(Part::of(self, key, Place::Field))
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeMap for Block<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match serde_json::to_value(key)? {
            Value::String(key) => key,
            other => other.to_string(),
        };
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        value.serialize(Part::of(self, &key, Place::Field))
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}
