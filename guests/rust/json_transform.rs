// A JSON-to-JSON function: the body {"numbers":[...]} becomes {"count":..,"sum":..,"min":..,"max":..,"mean":..}.
// The request is read from /request/json, an object with the body as a string in "body"; the answer, or 400 with
// {"error":..}, goes to /response/json. The JSON parser below is complete: RFC 8259, with a limit on depth.

use std::fmt::Write;
use std::fs;
use std::process::ExitCode;

const MAX_DEPTH: usize = 128;

#[derive(Debug)]
enum Json {
    Null,
    Bool,
    Number(f64),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The value of a name; of a name given twice the last one, as most parsers do.
    fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Result<T> = std::result::Result<T, String>;

impl Parser<'_> {
    fn parse(text: &str) -> Result<Json> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        match parser.peek() {
            None => Ok(value),
            Some(_) => parser.fail("more after the value"),
        }
    }

    fn fail<T>(&self, what: &str) -> Result<T> {
        Err(format!("{what} at byte {}", self.at))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn take(&mut self, expected: u8) -> bool {
        let found = self.byte() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Json> {
        if depth > MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Json::Bool),
            Some(b'f') => self.literal("false", Json::Bool),
            Some(b'n') => self.literal("null", Json::Null),
            Some(_) => self.fail("unexpected character"),
            None => self.fail("unexpected end"),
        }
    }

    fn literal(&mut self, word: &str, value: Json) -> Result<Json> {
        if !self.text[self.at..].starts_with(word) {
            return self.fail("unexpected word");
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        let mut members = Vec::new();
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fail("expected a name");
            }
            let name = self.string()?;
            self.peek();
            if !self.take(b':') {
                return self.fail("expected ':'");
            }
            members.push((name, self.value(depth + 1)?));
            self.peek();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return self.fail("expected ',' or '}'");
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json> {
        let mut values = Vec::new();
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.peek();
            if self.take(b']') {
                return Ok(Json::Array(values));
            }
            if !self.take(b',') {
                return self.fail("expected ',' or ']'");
            }
        }
    }

    /// Rust's own f64 parser is exact but takes more than JSON allows ("inf", "+1", "1."), so the form is checked here.
    fn number(&mut self) -> Result<Json> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        match self.text[start..self.at].parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Json::Number(number)),
            _ => self.fail("number out of range"),
        }
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start { self.fail("expected a digit") } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let start = self.at;
            while !matches!(self.byte(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail("string without an end"),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let c = match self.byte() {
            Some(c @ (b'"' | b'\\' | b'/')) => c as char,
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return self.fail("unknown escape"),
        };
        self.at += 1;
        Ok(c)
    }

    /// \uXXXX, or two of them for a character beyond the first 65,536; a surrogate alone is no character.
    fn unicode_escape(&mut self) -> Result<char> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return self.fail("half a surrogate pair");
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).map_or_else(|| self.fail("half a surrogate pair"), Ok)
    }

    fn hex4(&mut self) -> Result<u32> {
        self.at += 1;
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(digits) = digits else {
            return self.fail("expected four hex digits");
        };
        self.at += 4;
        u32::from_str_radix(digits, 16).or_else(|_| self.fail("expected four hex digits"))
    }
}

/// A JSON string, quotes included.
fn quote(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\u{1f}' => write!(out, "\\u{:04x}", c as u32).unwrap(),
            _ => out.push(c),
        }
    }
    out + "\""
}

fn transform(request: &Json) -> Result<String> {
    let body = match request.get("body") {
        Some(Json::String(body)) => body,
        // The host sends "bodyBase64" for what is not UTF-8, and that is not JSON either.
        _ => return Err("the body is not UTF-8".into()),
    };
    let body = Parser::parse(body)?;
    let Some(Json::Array(values)) = body.get("numbers") else {
        return Err("expected {\"numbers\":[...]}".into());
    };
    let numbers = values
        .iter()
        .map(|value| if let Json::Number(number) = value { Ok(*number) } else { Err("numbers has something else in it".into()) })
        .collect::<Result<Vec<f64>>>()?;

    let count = numbers.len();
    let sum: f64 = numbers.iter().fold(0.0, |sum, number| sum + number);
    if !sum.is_finite() {
        return Err("the sum is out of range".into());
    }
    if count == 0 {
        return Ok(r#"{"count":0,"sum":0,"min":null,"max":null,"mean":null}"#.into());
    }
    let min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = sum / count as f64;
    Ok(format!(r#"{{"count":{count},"sum":{sum},"min":{min},"max":{max},"mean":{mean}}}"#))
}

fn run() -> Result<()> {
    let text = fs::read_to_string("/request/json").map_err(|error| format!("/request/json: {error}"))?;
    let request = Parser::parse(&text).map_err(|error| format!("/request/json: {error}"))?;
    let (status, body) = match transform(&request) {
        Ok(body) => (200, body),
        Err(error) => (400, format!(r#"{{"error":{}}}"#, quote(&error))),
    };
    let answer = format!(
        r#"{{"status":{status},"headers":{{"content-type":["application/json"]}},"body":{}}}"#,
        quote(&body)
    );
    fs::write("/response/json", answer).map_err(|error| format!("/response/json: {error}"))
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
