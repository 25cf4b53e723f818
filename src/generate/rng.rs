/// A stream of numbers that is the same for the same seed: xoshiro256++.
///
/// Thirty lines rather than a crate, so that no update of a dependency changes which sequences a seed stands for.
#[derive(Clone, Debug)]
pub struct Rng([u64; 4]);

impl Rng {
    /// The stream of that number among those of the seed.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        // SplitMix64, as the authors of xoshiro ask for.
        let mut state = seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95);
        Self([(); 4].map(|()| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }))
    }

    /// Returns the next number.
    pub fn number(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Returns a number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.number()) * bound as u128;
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// Tells whether one of `bound` equal chances came.
    pub fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    /// Returns one of the items, `None` of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Puts the items into some order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_stands_for_one_stream() {
        let draw = |seed, stream| {
            let mut rng = Rng::new(seed, stream);
            [rng.number(), rng.number(), rng.number()]
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn every_number_below_the_bound_comes() {
        let mut rng = Rng::new(1, 0);
        let mut seen = [0_usize; 7];
        for _ in 0..7_000 {
            if let Some(count) = seen.get_mut(rng.below(7)) {
                *count += 1;
            }
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
        assert_eq!(rng.below(0), 0);
    }
}
