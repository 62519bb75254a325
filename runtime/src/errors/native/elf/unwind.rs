//! How to get from a call to its caller: read from the tables that the compiler made for the system's unwinder.
//!
//! Source: System V ABI for x86-64, "DWARF definition"; Linux Standard Base, "Exception frames".

use std::panic::{AssertUnwindSafe, catch_unwind};

use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EndianSlice, NativeEndian, Pointer, Register, RegisterRule,
    UnwindContext, UnwindSection as _, X86_64,
};

use super::loaded;
use crate::errors::native::walk::{Step, note};

/// Notes the way out of each of the calls that return to these addresses. Only one thread at a time may.
pub(in crate::errors::native) fn learn(addresses: &[usize]) {
    loaded::each_with_tables(&mut |tables| {
        // A panic must not get to the linker, which calls this.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut context = UnwindContext::new();
            for address in addresses.iter().filter(|it| tables.memory.contains(&(**it as u64))) {
                // The call itself is before the address that it returns to.
                if let Some(step) = step(&tables, &mut context, *address as u64 - 1) {
                    note(*address, step);
                }
            }
        }));
    });
}

fn step(tables: &loaded::Tables<'_>, context: &mut UnwindContext<usize>, call: u64) -> Option<Step> {
    let bases = BaseAddresses::default().set_eh_frame_hdr(tables.header_address);
    let header = EhFrameHdr::new(tables.header, NativeEndian).parse(&bases, 8).ok()?;
    let Pointer::Direct(start) = header.eh_frame_ptr() else { return None };
    let frames = tables.segment_from(start)?;
    let bases = bases.set_eh_frame(start);
    let frames = EhFrame::from(EndianSlice::new(frames, NativeEndian));
    let row = header
        .table()?
        .unwind_info_for_address(&frames, &bases, context, call, EhFrame::cie_from_offset)
        .ok()?;
    if row.register(X86_64::RA) == Some(RegisterRule::Undefined) {
        return Some(Step::Last);
    }
    let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
    let from_frame_pointer = is_frame_pointer(register)?;
    if row.register(X86_64::RA) != Some(RegisterRule::Offset(-8)) {
        return None;
    }
    let frame_pointer = match row.register(X86_64::RBP) {
        None | Some(RegisterRule::SameValue) => 0,
        Some(RegisterRule::Offset(offset)) => {
            usize::try_from(offset.checked_neg()?).ok().filter(|it| *it > 0)?
        }
        _ => return None,
    };
    Some(Step::Out { from_frame_pointer, to_end: usize::try_from(offset).ok()?, frame_pointer })
}

/// Whether the register is the frame pointer or the stack pointer.
fn is_frame_pointer(register: Register) -> Option<bool> {
    match register {
        X86_64::RBP => Some(true),
        X86_64::RSP => Some(false),
        _ => None,
    }
}
