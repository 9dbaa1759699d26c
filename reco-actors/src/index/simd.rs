//! Dot products, the one place with `unsafe`: AVX-512 VNNI, AVX2 and a portable fallback, chosen at run
//! time. A scan for one query is bound by memory; what is wide here serves several queries at once.
//!
//! # Safety argument
//! * A `#[target_feature]` function is called only in the branch where
//!   `is_x86_feature_detected!` has just confirmed its features.
//! * Every vector load reads `LANES` elements at `pointer + i` with `i + LANES <= len`, where
//!   `len` is the common length of both slices, asserted equal by the public function; loads
//!   are the unaligned kind. The remainder goes through safe scalar code.
//!
//! # Overflow argument
//! Codes lie in ±127 and query lanes in ±[`query_limit`], which is chosen so that a sum of
//! `width` products fits an `i32`.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Queries that are answered in one pass at most.
pub(crate) const TOGETHER: usize = 4;

/// Largest magnitude of a code.
pub(crate) const CODE_LIMIT: i8 = 127;

/// Largest magnitude of a quantised query lane for blocks of `width`, so that no sum overflows.
pub(crate) fn query_limit(width: usize) -> i16 {
    let fits = i32::MAX as usize / (CODE_LIMIT as usize * width.max(1));
    fits.clamp(1, 8191) as i16
}

/// `Σ codes[i]·query[i]`, exact. Panics when the lengths differ.
#[inline]
pub(crate) fn dot_code_query(codes: &[i8], query: &[i16]) -> i32 {
    dots_of_codes(codes, [query])[0]
}

/// The same for up to four queries, which cost little more than one: the codes are read and widened once.
/// Panics when lengths differ or queries are more.
#[inline]
pub(crate) fn dot_code_queries(codes: &[i8], queries: &[&[i16]]) -> [i32; TOGETHER] {
    let mut dots = [0; TOGETHER];
    match *queries {
        [] => {}
        [a] => dots[..1].copy_from_slice(&dots_of_codes(codes, [a])),
        [a, b] => dots[..2].copy_from_slice(&dots_of_codes(codes, [a, b])),
        [a, b, c] => dots[..3].copy_from_slice(&dots_of_codes(codes, [a, b, c])),
        [a, b, c, d] => dots = dots_of_codes(codes, [a, b, c, d]),
        _ => panic!("{} queries at once, {TOGETHER} at most", queries.len()),
    }
    dots
}

#[inline]
fn dots_of_codes<const N: usize>(codes: &[i8], queries: [&[i16]; N]) -> [i32; N] {
    for query in queries {
        assert_eq!(codes.len(), query.len(), "blocks of one index have one width");
    }
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni") {
            // SAFETY: the features were detected on the line above; avx512f comes with them.
            return unsafe { dots_of_codes_avx512(codes, queries) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected on the line above.
            return unsafe { dots_of_codes_avx2(codes, queries) };
        }
    }
    queries.map(|query| dot_code_query_scalar(codes, query))
}

/// `Σ a[i]·b[i]` of two code rows, exact. Panics when the lengths differ.
#[inline]
pub(crate) fn dot_codes(a: &[i8], b: &[i8]) -> i32 {
    assert_eq!(a.len(), b.len(), "blocks of one index have one width");
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the feature was detected on the line above.
        return unsafe { dot_codes_avx2(a, b) };
    }
    dot_codes_scalar(a, b)
}

/// `Σ a[i]·b[i]` in single precision. Panics when the lengths differ.
#[inline]
pub(crate) fn dot_f32(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "blocks of one index have one width");
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: both features were detected on the line above.
        return unsafe { dot_f32_avx2(a, b) };
    }
    dot_f32_scalar(a, b)
}

fn dot_code_query_scalar(codes: &[i8], query: &[i16]) -> i32 {
    codes
        .iter()
        .zip(query)
        .map(|(&code, &lane)| i32::from(code) * i32::from(lane))
        .sum()
}

fn dot_codes_scalar(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&x, &y)| i32::from(x) * i32::from(y)).sum()
}

/// Eight running sums, so that the compiler may vectorise and rounding stays small.
fn dot_f32_scalar(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (chunks_a, chunks_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = chunks_a
        .remainder()
        .iter()
        .zip(chunks_b.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn dots_of_codes_avx512<const N: usize>(codes: &[i8], queries: [&[i16]; N]) -> [i32; N] {
    const LANES: usize = 32;
    let len = queries.iter().fold(codes.len(), |len, query| len.min(query.len()));
    let mut sums = [[_mm512_setzero_si512(); 2]; N];
    let mut i = 0;
    while i + 2 * LANES <= len {
        for half in 0..2 {
            let at = i + half * LANES;
            // SAFETY: at + LANES <= i + 2·LANES <= len, within the codes; an unaligned load.
            let code = _mm512_cvtepi8_epi16(unsafe { _mm256_loadu_si256(codes.as_ptr().add(at).cast()) });
            for (sum, query) in sums.iter_mut().zip(queries) {
                // SAFETY: the same, within each query.
                let lanes = unsafe { _mm512_loadu_si512(query.as_ptr().add(at).cast()) };
                sum[half] = _mm512_dpwssd_epi32(sum[half], code, lanes);
            }
        }
        i += 2 * LANES;
    }
    let mut dots = [0; N];
    for ((dot, [even, odd]), query) in dots.iter_mut().zip(sums).zip(queries) {
        let rest = dot_code_query_scalar(&codes[i..len], &query[i..len]);
        *dot = _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd)) + rest;
    }
    dots
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dots_of_codes_avx2<const N: usize>(codes: &[i8], queries: [&[i16]; N]) -> [i32; N] {
    const LANES: usize = 16;
    let len = queries.iter().fold(codes.len(), |len, query| len.min(query.len()));
    let mut sums = [[_mm256_setzero_si256(); 2]; N];
    let mut i = 0;
    while i + 2 * LANES <= len {
        for half in 0..2 {
            let at = i + half * LANES;
            // SAFETY: at + LANES <= i + 2·LANES <= len, within the codes; an unaligned load.
            let code = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(codes.as_ptr().add(at).cast()) });
            for (sum, query) in sums.iter_mut().zip(queries) {
                // SAFETY: the same, within each query.
                let lanes = unsafe { _mm256_loadu_si256(query.as_ptr().add(at).cast()) };
                sum[half] = _mm256_add_epi32(sum[half], _mm256_madd_epi16(code, lanes));
            }
        }
        i += 2 * LANES;
    }
    let mut dots = [0; N];
    for ((dot, [even, odd]), query) in dots.iter_mut().zip(sums).zip(queries) {
        let rest = dot_code_query_scalar(&codes[i..len], &query[i..len]);
        *dot = add_lanes_i32(_mm256_add_epi32(even, odd)) + rest;
    }
    dots
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_codes_avx2(a: &[i8], b: &[i8]) -> i32 {
    const LANES: usize = 16;
    let len = a.len().min(b.len());
    let mut sum = _mm256_setzero_si256();
    let mut i = 0;
    while i + LANES <= len {
        // SAFETY: i + LANES <= len, within both slices; unaligned loads.
        let (x, y) = unsafe {
            (
                _mm_loadu_si128(a.as_ptr().add(i).cast()),
                _mm_loadu_si128(b.as_ptr().add(i).cast()),
            )
        };
        let products = _mm256_madd_epi16(_mm256_cvtepi8_epi16(x), _mm256_cvtepi8_epi16(y));
        sum = _mm256_add_epi32(sum, products);
        i += LANES;
    }
    add_lanes_i32(sum) + dot_codes_scalar(&a[i..len], &b[i..len])
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn dot_f32_avx2(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let len = a.len().min(b.len());
    let mut sums = [_mm256_setzero_ps(); 4];
    let mut i = 0;
    while i + 4 * LANES <= len {
        for (quarter, sum) in sums.iter_mut().enumerate() {
            let at = i + quarter * LANES;
            // SAFETY: at + LANES <= i + 4·LANES <= len, within both slices; unaligned loads.
            let (x, y) = unsafe { (_mm256_loadu_ps(a.as_ptr().add(at)), _mm256_loadu_ps(b.as_ptr().add(at))) };
            *sum = _mm256_fmadd_ps(x, y, *sum);
        }
        i += 4 * LANES;
    }
    let total = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
    let half = _mm_add_ps(_mm256_castps256_ps128(total), _mm256_extractf128_ps::<1>(total));
    let quarter = _mm_add_ps(half, _mm_movehl_ps(half, half));
    let last = _mm_add_ss(quarter, _mm_shuffle_ps::<1>(quarter, quarter));
    _mm_cvtss_f32(last) + dot_f32_scalar(&a[i..len], &b[i..len])
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_lanes_i32(sum: __m256i) -> i32 {
    let half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    let quarter = _mm_add_epi32(half, _mm_shuffle_epi32::<0b0100_1110>(half));
    _mm_cvtsi128_si32(_mm_add_epi32(quarter, _mm_shuffle_epi32::<0b1011_0001>(quarter)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes() -> impl Strategy<Value = i8> {
        -127_i8..=127
    }

    fn lanes() -> impl Strategy<Value = i16> {
        -8191_i16..=8191
    }

    proptest! {
        #[test]
        fn code_by_query_is_what_the_scalar_says(
            pairs in prop::collection::vec((codes(), lanes()), 0..300),
        ) {
            let (a, q): (Vec<i8>, Vec<i16>) = pairs.into_iter().unzip();
            prop_assert_eq!(dot_code_query(&a, &q), dot_code_query_scalar(&a, &q));
        }

        #[test]
        fn codes_by_several_queries_are_what_the_scalar_says(
            (rows, count) in (prop::collection::vec((codes(), [lanes(), lanes(), lanes(), lanes()]), 0..300), 0..=TOGETHER),
        ) {
            let a: Vec<i8> = rows.iter().map(|(code, _)| *code).collect();
            let queries: [Vec<i16>; TOGETHER] = std::array::from_fn(|at| rows.iter().map(|(_, lanes)| lanes[at]).collect());
            let asked: Vec<&[i16]> = queries[..count].iter().map(Vec::as_slice).collect();
            let mut expected = [0; TOGETHER];
            for (dot, query) in expected.iter_mut().zip(&asked) {
                *dot = dot_code_query_scalar(&a, query);
            }
            prop_assert_eq!(dot_code_queries(&a, &asked), expected);
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                let [a1, a2, a3, a4] = &queries;
                // SAFETY: the feature was detected on the line above.
                let dots = unsafe { dots_of_codes_avx2(&a, [a1, a2, a3, a4]) };
                prop_assert_eq!(dots, [a1, a2, a3, a4].map(|query| dot_code_query_scalar(&a, query)));
            }
        }

        #[test]
        fn code_by_code_is_what_the_scalar_says(pairs in prop::collection::vec((codes(), codes()), 0..300)) {
            let (a, b): (Vec<i8>, Vec<i8>) = pairs.into_iter().unzip();
            prop_assert_eq!(dot_codes(&a, &b), dot_codes_scalar(&a, &b));
        }

        #[test]
        fn single_precision_agrees_with_double(pairs in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 0..300)) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let exact: f64 = a.iter().zip(&b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
            prop_assert!((f64::from(dot_f32(&a, &b)) - exact).abs() < 1e-4);
            prop_assert!((f64::from(dot_f32_scalar(&a, &b)) - exact).abs() < 1e-4);
        }
    }

    #[test]
    fn the_largest_sums_fit() {
        for width in [1, 384, 1280, 2049, 100_000] {
            let limit = query_limit(width);
            let sum = dot_code_query(&vec![CODE_LIMIT; width], &vec![limit; width]);
            assert_eq!(
                i64::from(sum),
                i64::from(CODE_LIMIT) * i64::from(limit) * width as i64,
                "width {width}"
            );
        }
    }
}
