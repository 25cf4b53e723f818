//! copysnap judges whether an endpoint copies ElastiCache snapshots as AWS does.

// core: values in, values out
pub mod service;
pub mod trace;

// codec: bytes, still no I/O
pub mod wire;
pub mod sign;

// shell: the only rooms that touch the world
pub mod endpoint;
