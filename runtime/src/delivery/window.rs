//! How many requests may be under way: more while there is more to send, fewer when the server has trouble.

/// Enough for a program that sends now and then.
const USUAL: usize = 8;

/// The number of requests that may be under way at the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    size: usize,
    most: usize,
}

impl Window {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { size: USUAL.min(most), most }
    }

    pub(crate) fn size(self) -> usize {
        self.size
    }

    /// A request has succeeded; `more`: others wait for their turn.
    pub(crate) fn succeeded(&mut self, more: bool) {
        if more {
            self.size = (self.size + 1).min(self.most);
        } else if self.size > USUAL {
            self.size -= 1;
        }
    }

    /// A request has failed.
    pub(crate) fn failed(&mut self) {
        self.size = (self.size / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_under_load_and_closes_in_trouble() {
        let mut window = Window::new(64);
        assert_eq!(window.size(), 8);
        for _ in 0..100 {
            window.succeeded(true);
        }
        assert_eq!(window.size(), 64);
        window.failed();
        assert_eq!(window.size(), 32);
        for _ in 0..100 {
            window.succeeded(false);
        }
        assert_eq!(window.size(), 8);
        for _ in 0..100 {
            window.failed();
        }
        assert_eq!(window.size(), 1);
        window.succeeded(true);
        assert_eq!(window.size(), 2);
        assert_eq!(Window::new(0).size(), 1);
        assert_eq!(Window::new(3).size(), 3);
    }
}
