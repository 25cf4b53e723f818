//! Each format, whole, from two hand-made logs; the exit codes and scores as tables.

mod diff;
mod evidence;
mod exit;
pub(crate) mod formats;
mod github;
mod hostile;
mod html;
mod json;
mod junit;
pub(crate) mod log;
mod markdown;
mod terminal;
mod waive;

use super::*;
