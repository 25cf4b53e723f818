use super::*;

#[test]
fn a_passing_run_as_json() {
    insta::assert_snapshot!("passing-json", json(&formats::passed()));
}

#[test]
fn a_failing_run_as_json() {
    insta::assert_snapshot!("failing-json", json(&formats::failed()));
}
