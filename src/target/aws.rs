use super::Target;

/// A partition of AWS: what its regions begin with, and the suffixes of its hosts, the second for both IPv4 and IPv6.
///
/// Source: AWS's partitions.json and the endpoint rule sets of elasticache, s3 and sts, as botocore ships them.
struct Partition {
    regions: &'static [&'static str],
    suffix: &'static str,
    dual_stack: &'static str,
}

const fn partition(regions: &'static [&'static str], suffix: &'static str, dual_stack: &'static str) -> Partition {
    Partition { regions, suffix, dual_stack }
}

const GOV: &str = "us-gov-";

/// The first whose regions begin so is the region's.
const PARTITIONS: &[Partition] = &[
    partition(&["cn-"], "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    partition(&["eusc-"], "amazonaws.eu", "api.amazonwebservices.eu"),
    partition(&["us-iso-"], "c2s.ic.gov", "api.aws.ic.gov"),
    partition(&["us-isob-"], "sc2s.sgov.gov", "api.aws.scloud"),
    partition(&["eu-isoe-"], "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    partition(&["us-isof-"], "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    partition(&[GOV, ""], "amazonaws.com", "api.aws"),
];

/// Which of AWS's endpoints are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Those whose cryptography is validated by FIPS 140.
    pub fips: bool,
    /// Those that take IPv6 as well as IPv4.
    pub dual_stack: bool,
}

impl Target {
    /// Returns the target, where it is AWS, with the endpoints of its region's partition; any other as it is.
    #[must_use]
    pub fn at_aws(mut self, variant: Variant) -> Self {
        if !self.endpoint.as_deref().is_some_and(is_aws) {
            return self;
        }
        let region = &self.region;
        let begins = |partition: &&Partition| partition.regions.iter().any(|begin| region.starts_with(begin));
        let Some(partition) = PARTITIONS.iter().find(begins) else { return self };
        let suffix = if variant.dual_stack { partition.dual_stack } else { partition.suffix };
        // GovCloud's only endpoints are validated ones, and have the plain name, unless they take IPv6.
        let plain = !variant.fips || region.starts_with(GOV) && !variant.dual_stack;
        let dashed = if plain { "" } else { "-fips" };
        let s3_fips = if variant.fips { "-fips" } else { "" };
        let s3_dual = if variant.dual_stack { ".dualstack" } else { "" };
        self.endpoint = Some(format!("https://elasticache{dashed}.{{region}}.{suffix}"));
        self.sts_endpoint = Some(format!("https://sts{dashed}.{{region}}.{suffix}"));
        self.s3_endpoint = Some(format!("https://s3{s3_fips}{s3_dual}.{{region}}.{}", partition.suffix));
        self
    }
}

/// Tells whether a URL is one of AWS's own, over TLS.
#[must_use]
pub fn is_aws(url: &str) -> bool {
    let uri: Option<http::Uri> = url.replace(super::read::REGION, "region").parse().ok();
    let is_host = |host: &str| {
        let host = host.to_ascii_lowercase();
        let suffixes = PARTITIONS.iter().flat_map(|partition| [partition.suffix, partition.dual_stack]);
        suffixes.into_iter().any(|suffix| host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')))
    };
    uri.is_some_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(is_host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_its_hosts() {
        for (region, fips, dual_stack, hosts) in [
            (
                "us-east-1",
                false,
                false,
                ["elasticache.{}.amazonaws.com", "sts.{}.amazonaws.com", "s3.{}.amazonaws.com"],
            ),
            (
                "us-west-2",
                true,
                false,
                ["elasticache-fips.{}.amazonaws.com", "sts-fips.{}.amazonaws.com", "s3-fips.{}.amazonaws.com"],
            ),
            ("eu-west-1", false, true, ["elasticache.{}.api.aws", "sts.{}.api.aws", "s3.dualstack.{}.amazonaws.com"]),
            (
                "us-east-2",
                true,
                true,
                ["elasticache-fips.{}.api.aws", "sts-fips.{}.api.aws", "s3-fips.dualstack.{}.amazonaws.com"],
            ),
            (
                "us-gov-west-1",
                true,
                false,
                ["elasticache.{}.amazonaws.com", "sts.{}.amazonaws.com", "s3-fips.{}.amazonaws.com"],
            ),
            (
                "us-gov-east-1",
                true,
                true,
                ["elasticache-fips.{}.api.aws", "sts-fips.{}.api.aws", "s3-fips.dualstack.{}.amazonaws.com"],
            ),
            (
                "cn-north-1",
                false,
                false,
                ["elasticache.{}.amazonaws.com.cn", "sts.{}.amazonaws.com.cn", "s3.{}.amazonaws.com.cn"],
            ),
        ] {
            let aws = Target { region: region.to_owned(), ..Target::builtin("aws").unwrap_or_default() };
            let there = aws.at_aws(Variant { fips, dual_stack });
            let found = [there.endpoint_url(), there.sts_url(), there.s3_url()];
            assert_eq!(found, hosts.map(|host| Some(format!("https://{}", host.replace("{}", region)))));
            assert!(there.endpoint.as_deref().is_some_and(is_aws), "{region}");
        }
    }

    #[test]
    fn no_other_host_is_awss() {
        for url in [
            "http://elasticache.us-east-1.amazonaws.com",
            "https://elasticache.us-east-1.amazonaws.com.example.org",
            "https://notamazonaws.com",
            "https://amazonaws.com",
            "https://localhost:4566",
        ] {
            assert!(!is_aws(url), "{url}");
        }
        let mine = Target { endpoint: Some("https://localhost".to_owned()), ..Target::default() };
        assert_eq!(mine.clone().at_aws(Variant { fips: true, dual_stack: true }), mine);
    }
}
