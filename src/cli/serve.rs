use super::args::ServeArgs;
use super::message::{Failure, out};
use crate::refserver::{Options, RefServer};

/// Serves the reference endpoint until the process is ended.
pub(super) fn serve(arguments: &ServeArgs) -> Result<u8, Failure> {
    let options = Options {
        port: arguments.port,
        settle: arguments.settle,
        choice: arguments.choice,
        require_sigv4: arguments.require_sigv4,
        ..Options::default()
    };
    let running = RefServer::start(options).map_err(|error| Failure::of(3, &error))?;
    out(&format!("listening on {}\n", running.url));
    running.wait();
    Ok(0)
}
