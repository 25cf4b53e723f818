use serde::Deserialize;

/// What a run costs, in US dollars; every price has its source.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub struct Prices {
    /// An hour of the node that the base is taken of; one that has begun counts whole.
    pub node_hour: f64,
    /// A gigabyte of backups, kept for a month.
    pub backup_gb_month: f64,
    /// How many gigabytes a snapshot is taken to have.
    pub snapshot_gb: f64,
    /// A thousand requests to S3, all taken for those of the dearest kind.
    pub s3_requests_1000: f64,
    /// Where the prices stand.
    pub source: String,
    /// When they were read.
    pub read: toml::value::Datetime,
}
