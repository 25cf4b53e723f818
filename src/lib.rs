//! copysnap judges whether an endpoint copies ElastiCache snapshots as AWS does.

// core: values in, values out
pub mod service;
pub mod trace;
pub mod spec;
pub mod model;
pub mod case;
pub mod oracle;

// codec: bytes, still no I/O
pub mod wire;
pub mod sign;

// shell: the only rooms that touch the world
pub mod target;
pub mod endpoint;
pub mod ledger;
pub mod record;
pub mod execute;
pub mod refserver;
pub mod launch;
pub mod runner;
pub mod report;
pub mod cli;
