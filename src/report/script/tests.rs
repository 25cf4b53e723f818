use super::*;
use crate::case::Cases;

fn of(case: &Case, tool: Tool) -> String {
    let script = Script {
        case,
        tool,
        url: "http://127.0.0.1:1".to_owned(),
        s3_url: None,
        region: "us-east-1".to_owned(),
        own_keys: false,
        account: None,
        other_account: None,
        other_region: None,
        kms_key: Some("arn:aws:kms:us-east-1:123456789012:key/1".to_owned()),
        source_snapshot: None,
        settle_limit: Duration::from_secs(60),
        seen: Some(Seen { clause: "copy.visible", expected: "it's there", observed: "$(nothing)\n\"`" }),
    };
    super::script(&script).unwrap_or_default()
}

#[test]
fn every_case_can_be_told_to_every_tool() {
    let cases = Cases::builtin().map(Cases::iter).into_iter().flatten();
    for case in cases {
        for tool in [Tool::AwsCli, Tool::Boto3, Tool::Curl] {
            let text = of(case, tool);
            assert!(text.starts_with("#!/usr/bin/env "), "{} {tool:?}: {text}", case.path);
            assert!(text.contains("expected"), "{}", case.path);
        }
    }
}

/// What the tools themselves say of the form, where they are there.
#[test]
fn scripts_are_in_form() {
    let folder = std::env::temp_dir().join(format!("copysnap-scripts-{}", std::process::id()));
    let _ = std::fs::create_dir_all(&folder);
    let wrong = |program: &str, words: &[&str], text: &str| {
        let file = folder.join("script");
        std::fs::write(&file, text).ok()?;
        let ran = std::process::Command::new(program).args(words).arg(&file).output().ok()?;
        (!ran.status.success()).then(|| String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    let cases = Cases::builtin().map(Cases::iter).into_iter().flatten();
    for case in cases.filter(|case| {
        ["tags", "names", "wire", "export", "restore", "snapshot"].iter().any(|area| case.path.starts_with(area))
    }) {
        for tool in [Tool::AwsCli, Tool::Curl] {
            assert_eq!(wrong("bash", &["-n"], &of(case, tool)), None, "{} {tool:?}", case.path);
        }
    }
    let scripts: Vec<String> =
        Cases::builtin().map(Cases::iter).into_iter().flatten().map(|case| of(case, Tool::Boto3)).collect();
    for (number, text) in scripts.iter().enumerate() {
        let _ = std::fs::write(folder.join(format!("s{number}.py")), text);
    }
    let ran = std::process::Command::new("python3").args(["-m", "compileall", "-q", "-f"]).arg(&folder).output();
    if let Ok(ran) = ran {
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    }
    let _ = std::fs::remove_dir_all(&folder);
}
