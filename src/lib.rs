//! copysnap judges whether an endpoint copies ElastiCache snapshots as AWS does.

// core: values in, values out
pub mod service;
pub mod trace;
pub mod spec;
pub mod model;
pub mod case;
