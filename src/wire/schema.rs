//! JSON Schemas of the shapes, gathered for a document that describes several of them (OpenAPI).

pub use schemars::JsonSchema;
use schemars::generate::{Contract, SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

/// Where OpenAPI keeps its schemas.
const PLACE: &str = "/components/schemas";

/// Schemas gathered so far, each under its name.
#[derive(Debug)]
pub struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let generator = |contract: Contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = PLACE.into();
            settings.meta_schema = None;
            settings.contract = contract;
            settings.into_generator()
        };
        Self { requests: generator(Contract::Deserialize), answers: generator(Contract::Serialize) }
    }
}

impl Schemas {
    /// The schema of something a program sends.
    pub fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// The schema of something a program gets.
    pub fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// The fields of a query as `(name, schema, required)`.
    pub fn query<T: JsonSchema>(&mut self) -> Vec<(String, Value, bool)> {
        let whole = self.requests.root_schema_for::<T>().to_value();
        let required: Vec<&str> = whole
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let fields = whole.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        fields
            .into_iter()
            .map(|(name, schema)| {
                let needed = required.contains(&name.as_str());
                (name, without_null(schema), needed)
            })
            .collect()
    }

    /// All named schemas. A shape that is both sent and got stands there once when both are the same,
    /// else the sent one is called `...Input`.
    #[must_use]
    pub fn finish(mut self) -> (Map<String, Value>, Vec<String>) {
        let mut all: Map<String, Value> = self.answers.take_definitions(true).into_iter().collect();
        let mut renamed = Vec::new();
        for (name, schema) in self.requests.take_definitions(true) {
            match all.get(&name) {
                Some(other) if *other != schema => {
                    all.insert(format!("{name}Input"), schema);
                    renamed.push(name);
                }
                _ => {
                    all.insert(name, schema);
                }
            }
        }
        (all, renamed)
    }
}

/// A value of a query is there or not; it is never null.
fn without_null(schema: Value) -> Value {
    let Value::Object(mut fields) = schema else { return schema };
    for name in ["type", "enum", "anyOf"] {
        let Some(Value::Array(choices)) = fields.get_mut(name) else { continue };
        choices
            .retain(|choice| !choice.is_null() && choice != "null" && *choice != json!({ "type": "null" }));
        if let ("type", [only]) = (name, choices.as_slice()) {
            let only = only.clone();
            fields.insert(name.to_owned(), only);
        }
    }
    Value::Object(fields)
}
