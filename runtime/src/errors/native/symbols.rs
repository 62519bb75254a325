//! What stands at an address: read from the program's own files, once for each address.
//!
//! Opening a large program takes long, in a debug build seconds. So a thread of its own reads, and an event waits for it
//! in the queue as long as it may and no longer: what is not known then goes out as an address. The thread ends when
//! nobody has asked for a while, and with it the memory it took.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::elf::Tables;
use super::walk::{self, walk};
use super::{files, names};
use crate::callback;
use crate::process::{PerProcess, Work};

/// How long what was opened is kept for the next address.
const KEPT: Duration = Duration::from_secs(5);
/// The crate that this is.
pub(super) const SDK: &str = env!("CARGO_CRATE_NAME");
/// Where the standard library calls `main`, or the function of a thread.
pub(super) const START: &str = "__rust_begin_short_backtrace";

/// One function at an address. Where functions were inlined there are several.
#[derive(Debug)]
pub(super) struct Symbol {
    /// As the compiler names it, demangled. Of an inlined one it may be the last part alone.
    pub(super) name: String,
    /// The crate that it is of; empty if nobody knows.
    pub(super) root: String,
    /// Where the function begins.
    pub(super) begin: Option<usize>,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

/// The functions at an address, the innermost inlined one first. Nothing when the program is stripped.
pub(super) type Symbols = Arc<[Symbol]>;

/// What stands at an address.
#[derive(Clone)]
struct Known {
    symbols: Symbols,
    /// Whether that is where the standard library starts the program or thread.
    is_start: bool,
}

#[derive(Default)]
struct State {
    known: HashMap<usize, Known>,
    /// The addresses of whole stacks, innermost first.
    wanted: VecDeque<Box<[usize]>>,
    is_reading: bool,
}

impl State {
    /// The functions at each of the addresses, up to the start of the program or thread, if all are known.
    fn find(&self, addresses: &[usize]) -> Option<Vec<Symbols>> {
        let mut found = Vec::with_capacity(addresses.len());
        for address in addresses {
            let known = self.known.get(address)?;
            found.push(Arc::clone(&known.symbols));
            if known.is_start {
                walk::found_start(*address);
                break;
            }
        }
        Some(found)
    }

    fn want(&mut self, addresses: &[usize], reader: &'static Reader) {
        if reader.is_barred {
            return;
        }
        self.wanted.push_back(addresses.into());
        if self.is_reading {
            reader.asked.notify_one();
        } else if callback::thread("sentry-symbols", || read(reader)).is_ok() {
            self.is_reading = true;
        } else {
            self.wanted.clear();
        }
    }
}

/// What one process has read. A forked child has no thread that reads.
#[derive(Default)]
struct Reader {
    state: Mutex<Option<State>>,
    /// Something is wanted.
    asked: Condvar,
    /// Something is known.
    answered: Condvar,
    /// A symbol is being read.
    is_busy: AtomicBool,
    /// This process was forked while its parent read one, under a lock that nobody will ever give back. So it reads none.
    is_barred: bool,
}

static READER: LazyLock<PerProcess<Reader>> = LazyLock::new(|| PerProcess::new(Reader::default()));

impl Reader {
    fn of_process() -> &'static Self {
        READER.get(|parent| {
            let is_barred = parent.is_barred || parent.is_busy.load(Ordering::Relaxed);
            Self { is_barred, ..Self::default() }
        })
    }

    /// Does something that takes the lock of all readers of symbols.
    fn busy<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let _work = Work::start();
        self.is_busy.store(true, Ordering::Relaxed);
        let done = callback::guarded("reading symbols", work);
        self.is_busy.store(false, Ordering::Relaxed);
        done
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what stands at the addresses, innermost first, is known; if not, it is looked for.
pub(super) fn ask(addresses: &[usize]) -> bool {
    let reader = Reader::of_process();
    let mut guard = reader.lock();
    let state = guard.get_or_insert_default();
    let is_known = state.find(addresses).is_some();
    if !is_known && !state.wanted.iter().any(|wanted| **wanted == *addresses) {
        state.want(addresses, reader);
    }
    // What nobody reads is not waited for.
    is_known || !state.is_reading
}

/// The functions at each of the addresses, which stand innermost first, up to the start of the program or thread.
/// Nothing if that takes too long: half a stack would be mistaken for all of it.
pub(super) fn of(addresses: &[usize], patience: Duration) -> Vec<Symbols> {
    let reader = Reader::of_process();
    let mut guard = reader.lock();
    let state = guard.get_or_insert_default();
    let mut found = state.find(addresses);
    if found.is_none() && !patience.is_zero() {
        state.want(addresses, reader);
        let is_unknown = |state: &mut Option<State>| {
            found = state.as_ref().and_then(|state| state.find(addresses));
            found.is_none() && state.as_ref().is_some_and(|state| state.is_reading)
        };
        let waited = reader.answered.wait_timeout_while(guard, patience, is_unknown);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
    found.unwrap_or_else(|| {
        crate::debug::log!("reading symbols takes too long: a stack goes without names");
        addresses.iter().map(|_| Symbols::default()).collect()
    })
}

/// Addresses may mean something else from now on: a library was unloaded.
#[cfg(elf)]
pub(super) fn forget() {
    if let Some(state) = &mut *Reader::of_process().lock() {
        state.known.clear();
    }
    walk::forget();
}

/// Reads what is wanted until nobody wants anything any more.
fn read(reader: &Reader) {
    let mut tables = Tables::default();
    while let Some(addresses) = next(reader) {
        #[cfg(quick_walk)]
        super::elf::learn(&addresses);
        for address in addresses {
            let known = reader.lock().as_ref().and_then(|state| state.known.get(&address).cloned());
            let known = known.unwrap_or_else(|| {
                let symbols = reader.busy(|| resolve(address, &mut tables));
                let symbols: Symbols = symbols.unwrap_or_default().into();
                let known = Known { is_start: symbols.iter().any(|it| it.name.contains(START)), symbols };
                if let Some(state) = &mut *reader.lock() {
                    state.known.insert(address, known.clone());
                }
                known
            });
            if known.is_start {
                break;
            }
        }
        reader.answered.notify_all();
    }
    let _ = reader.busy(backtrace::clear_symbol_cache);
}

/// The next addresses that are wanted; `None` ends the thread.
fn next(reader: &Reader) -> Option<Box<[usize]>> {
    let is_idle = |state: &mut Option<State>| state.as_ref().is_some_and(|state| state.wanted.is_empty());
    let (mut guard, _) =
        reader.asked.wait_timeout_while(reader.lock(), KEPT, is_idle).unwrap_or_else(PoisonError::into_inner);
    let state = guard.get_or_insert_default();
    let addresses = state.wanted.pop_front();
    state.is_reading = addresses.is_some();
    addresses
}

fn resolve(address: usize, tables: &mut Tables) -> Vec<Symbol> {
    let mut found = Vec::new();
    backtrace::resolve(std::ptr::without_provenance_mut(address), |symbol| {
        let Some(name) = symbol.name() else { return };
        found.push(Symbol {
            name: names::demangled(&name),
            root: String::new(),
            // What the crate calls the symbol's address is that of the call, and not where it is loaded.
            begin: None,
            file: symbol.filename().and_then(|file| file.to_str()).map(str::to_owned),
            line: symbol.lineno(),
            column: symbol.colno(),
        });
    });
    // Line tables without the rest of the debug information have only the last part of a name. That of the function
    // which the others were inlined into stands in the symbol table too.
    if let Some(outer) = found.last_mut().filter(|outer| names::is_short(&outer.name))
        && let Some((name, begin)) = tables.function_at(address)
    {
        outer.name = names::demangled(&backtrace::SymbolName::new(&name));
        outer.begin = Some(begin);
    }
    for symbol in &mut found {
        symbol.root = root(symbol);
    }
    found
}

/// The crate of a function: of half a name, the file tells.
fn root(symbol: &Symbol) -> String {
    // The compiler's own, to catch a panic.
    if symbol.name == "__rust_try" {
        return "std".to_owned();
    }
    let of_name = || names::crate_of(&symbol.name).to_owned();
    let Some(file) = symbol.file.as_deref().filter(|_| names::is_short(&symbol.name)) else {
        return of_name();
    };
    if sdk_folder().is_some_and(|folder| file.starts_with(folder)) {
        return SDK.to_owned();
    }
    files::crate_of(file).unwrap_or_default()
}

/// The folder of the SDK's own source on the machine that compiled, with a slash at its end.
fn sdk_folder() -> Option<&'static str> {
    static FOLDER: OnceLock<Option<String>> = OnceLock::new();
    let folder = || {
        let mut folder = None;
        // One behind the first instruction, as if a call returned there.
        let inside = (walk as fn() -> Box<[usize]>) as usize + 1;
        backtrace::resolve(std::ptr::without_provenance_mut(inside), |symbol| {
            let file = symbol.filename().and_then(|file| file.to_str());
            folder = file.and_then(|file| file.strip_suffix("errors/native/walk/mod.rs")).map(str::to_owned);
        });
        folder
    };
    FOLDER.get_or_init(folder).as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_looked_up_once() {
        let address = resolve as fn(usize, &mut Tables) -> Vec<Symbol> as usize + 1;
        let [first, second] = [(); 2].map(|()| of(&[address], Duration::from_mins(1)).remove(0));
        assert!(first.iter().any(|symbol| symbol.name.ends_with("symbols::resolve")), "{first:?}");
        assert!(Arc::ptr_eq(&first, &second));
    }
}
