//! Each format, whole, from two hand-made logs; the exit codes and scores as tables.

mod exit;
mod formats;
mod html;
mod log;

use super::*;
