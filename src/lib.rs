//! copysnap judges whether an endpoint copies ElastiCache snapshots as AWS does.

// core: values in, values out
pub mod service;
pub mod trace;

// shell: the only rooms that touch the world
pub mod target;
pub mod ledger;
pub mod launch;
