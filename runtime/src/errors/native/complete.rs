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

/// Marks the frames that are in the program's own code, and adds source lines to them.
pub(crate) fn complete(event: &mut Event<'_>, own: &Own<'_>) {
    for stacktrace in event.stacktraces_mut() {
        own.mark(&mut stacktrace.frames);
        for frame in stacktrace.frames.iter_mut().filter(|frame| frame.instruction_addr.is_some()) {
            if frame.filename.is_none() {
                frame.filename = frame.abs_path.as_deref().map(|path| files::name(path).to_owned());
            }
            if frame.in_app == Some(true) && frame.context_line.is_none() {
                source::read_into(frame);
            }
        }
    }
}

/// Lists the images that a server needs to name the addresses in an event, if there are any.
pub(crate) fn list_images(event: &mut Event<'_>) {
    let has_addresses = event
        .stacktraces_mut()
        .flat_map(|stacktrace| &stacktrace.frames)
        .any(|frame| frame.instruction_addr.is_some());
    if has_addresses && event.debug_meta.images.is_empty() {
        event.debug_meta.to_mut().images = super::images().to_vec();
    }
}
