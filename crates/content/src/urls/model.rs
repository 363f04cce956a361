//! A linear model of addresses: log-odds that one is phishing's, by its looks alone.
//!
//! The shipped weights were learned by `examples/urls.rs`; what from stands in `urls/model.md`. They are derived numbers,
//! one octet each, and hold no address.

use std::sync::LazyLock;

use super::features::{DIMENSIONS, each_feature};

/// The shipped model.
static SHIPPED: LazyLock<Model> = LazyLock::new(|| {
    Model::from_bytes(include_bytes!("model.bin"))
        .expect("a test reads the shipped model, which is part of the program")
});

/// What a model file begins with; the last octet is its version.
const MAGIC: &[u8; 8] = b"SKURL\0\0\x01";

/// Weights of features, in log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    bias: f32,
    scale: f32,
    weights: Vec<i8>,
}

/// An address to learn from.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its features.
    pub features: Vec<usize>,
    /// It is phishing's.
    pub is_phishing: bool,
    /// How much it counts.
    pub weight: f32,
}

/// Why a model file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It begins with something else.
    #[error("this is no model of addresses")]
    Foreign,
    /// It ends too early or too late.
    #[error("the model has {0} octets where {1} are expected")]
    Length(usize, usize),
}

impl Model {
    /// The one that comes with the program.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Log-odds that an address is phishing's, with as many of either kind; the host is in lower-case A-labels.
    pub fn score(&self, host: &str, target: &str) -> f32 {
        let mut sum = 0_i32;
        each_feature(host, target, |number| sum += i32::from(self.weights.get(number).copied().unwrap_or(0)));
        self.bias + self.scale * sum as f32
    }

    /// Learns by AdaGrad with a little decay, in the order given, `rounds` times.
    pub fn learn(examples: &[Example], rounds: usize) -> Self {
        const RATE: f32 = 0.08;
        const DECAY: f32 = 2e-6;
        let mut weights = vec![0_f32; DIMENSIONS];
        let mut squares = vec![1e-3_f32; DIMENSIONS];
        let mut bias = 0_f32;
        for round in 0..rounds {
            let rate = RATE / (1.0 + round as f32);
            for example in examples {
                let sum: f32 = bias + example.features.iter().filter_map(|&at| weights.get(at)).sum::<f32>();
                let probability = 1.0 / (1.0 + (-sum).exp());
                let error = example.weight * (probability - if example.is_phishing { 1.0 } else { 0.0 });
                bias -= rate * 0.01 * error;
                for &at in &example.features {
                    let (Some(weight), Some(square)) = (weights.get_mut(at), squares.get_mut(at)) else { continue };
                    let slope = error + DECAY * *weight;
                    *square += slope * slope;
                    *weight -= rate * slope / square.sqrt();
                }
            }
        }
        let largest = weights.iter().fold(1e-6_f32, |largest, weight| largest.max(weight.abs()));
        let scale = largest / 127.0;
        Self { bias, scale, weights: weights.iter().map(|weight| (weight / scale).round() as i8).collect() }
    }

    /// As a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.bias.to_le_bytes());
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.weights.iter().map(|weight| weight.to_le_bytes()[0]));
        bytes
    }

    /// Reads a file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ModelError::Foreign)?;
        let wrong = ModelError::Length(bytes.len(), MAGIC.len() + 8 + DIMENSIONS);
        let (bias, rest) = rest.split_first_chunk::<4>().ok_or(wrong)?;
        let (scale, rest) = rest.split_first_chunk::<4>().ok_or(wrong)?;
        if rest.len() != DIMENSIONS {
            return Err(wrong);
        }
        let weights = rest.iter().map(|octet| i8::from_le_bytes([*octet])).collect();
        Ok(Self { bias: f32::from_le_bytes(*bias), scale: f32::from_le_bytes(*scale), weights })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(host: &str, is_phishing: bool) -> Example {
        let mut features = Vec::new();
        each_feature(host, &format!("https://{host}/"), |number| features.push(number));
        Example { features, is_phishing, weight: 1.0 }
    }

    #[test]
    fn what_was_learned_is_kept_in_the_file() {
        let examples = [example("login-card.top", true), example("www.example.co.jp", false)];
        let model = Model::learn(&examples, 20);
        assert!(model.score("login-bank.top", "https://login-bank.top/") > 1.0);
        assert!(model.score("www.example.co.jp", "https://www.example.co.jp/") < -1.0);
        let bytes = model.to_bytes();
        assert_eq!(Model::from_bytes(&bytes).as_ref(), Ok(&model));
        assert_eq!(Model::from_bytes(&bytes[..100]), Err(ModelError::Length(100, bytes.len())));
        assert_eq!(Model::from_bytes(b"something else"), Err(ModelError::Foreign));
    }

    #[test]
    fn the_shipped_model_tells_plain_cases_apart() {
        let score = |host: &str, path: &str| Model::shipped().score(host, &format!("https://{host}/{path}"));
        assert!(score("smbc-card.ampzxkqw.cn", "login.php") > 2.0);
        for (host, path) in [("www.example.co.jp", "news/2/index.html"), ("github.com", "a/b/issues/3")] {
            assert!(score(host, path) < 0.0, "{host}");
        }
    }
}
