use super::args::ServeArgs;
use super::message::{Failure, list, out, problem};
use super::reach::defect;
use crate::refserver::{Control, Defect, Options, RefServer};
use crate::service::text;
use crate::target::Target;

/// Serves the reference endpoint until the process is interrupted, or lists what it can do wrong.
pub(super) fn serve(arguments: &ServeArgs) -> Result<u8, Failure> {
    if arguments.list_defects {
        out(&list::defects(Defect::ALL, &Control::all(), super::reports::width()));
        return Ok(0);
    }
    let target = Target::builtin("reference").map_err(|error| problem::target(&error))?;
    let cloud = &arguments.virtual_aws;
    let virtual_aws = if cloud.virtual_aws { Some(cloud.options()?) } else { None };
    let sessions = virtual_aws.as_ref().map(|virtual_aws| virtual_aws.sessions.clone());
    let usual = virtual_aws.map_or_else(Options::default, Options::of_aws);
    let options = Options {
        port: arguments.port,
        settle: arguments.settle,
        choice: arguments.choice,
        defect: arguments.defect.as_deref().map(defect).transpose()?,
        control: arguments.control.as_deref().map(control).transpose()?,
        require_sigv4: arguments.require_sigv4 || usual.require_sigv4,
        quota: arguments.quota.or(usual.quota),
        kms_key: target.kms_key.as_deref().map(text),
        virtual_aws: usual.virtual_aws,
    };
    let running = RefServer::start(options).map_err(|error| Failure::of(3, &error))?;
    // Written before it is said that it listens: whoever waits for that may read them at once.
    if let (Some(sessions), true) = (&sessions, cloud.credentials.is_some()) {
        cloud.tell(sessions)?;
    }
    out(&list::listening(&running.url));
    if let (Some(sessions), true) = (&sessions, cloud.credentials.is_none()) {
        cloud.tell(sessions)?;
    }
    // An interrupt ends the process, and with it the server: it has nothing to put away.
    running.wait();
    Ok(0)
}

fn control(name: &str) -> Result<Control, Failure> {
    let all: Vec<String> = Control::all().iter().map(Control::name).collect();
    Control::from_name(name).ok_or_else(|| problem::no_control(name, all.iter().map(String::as_str)))
}
