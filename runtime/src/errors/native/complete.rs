//! What every event with a stack needs before it is sent. Runs on the delivery thread.

use super::files;
use super::own::Own;
use crate::errors::source;
use crate::protocol::Event;

/// Whether an event has no stack yet.
pub(crate) fn lacks_stack(event: &Event<'_>) -> bool {
    event.stacktrace.is_none()
        && event.exception.iter().all(|exception| exception.stacktrace.is_none())
        && event.threads.iter().all(|thread| thread.stacktrace.is_none())
}

/// Marks the frames that are in the program's own code, adds source lines to them, and lists the images that a server
/// needs to name addresses.
pub(crate) fn complete(event: &mut Event<'_>, own: &Own<'_>) {
    let mut has_addresses = false;
    let of_exceptions = event.exception.iter_mut().filter_map(|exception| exception.stacktrace.as_mut());
    let of_threads = event.threads.iter_mut().filter_map(|thread| thread.stacktrace.as_mut());
    for stacktrace in of_exceptions.chain(of_threads).chain(event.stacktrace.as_mut()) {
        own.mark(&mut stacktrace.frames);
        for frame in stacktrace.frames.iter_mut().filter(|frame| frame.instruction_addr.is_some()) {
            has_addresses = true;
            if frame.filename.is_none() {
                frame.filename = frame.abs_path.as_deref().map(|path| files::name(path).to_owned());
            }
            if frame.in_app == Some(true) && frame.context_line.is_none() {
                source::read_into(frame);
            }
        }
    }
    if has_addresses && event.debug_meta.images.is_empty() {
        event.debug_meta.to_mut().images = super::images().to_vec();
    }
}
