// A Mongoose application beside ours: it reads commands as lines of EJSON and answers each with one.
//
//   node mongoose_peer.cjs <node_modules/mongoose> <MongoDB URL> <database> <specification>
//
// Its schemas are those of the specification, with Mongoose's defaults and optimistic concurrency.
'use strict';

const fs = require('fs');
const readline = require('readline');

const [mongoosePath, url, dbName, specification] = process.argv.slice(2);
const mongoose = require(mongoosePath);
const { Schema } = mongoose;
const { EJSON } = mongoose.mongo.BSON;

const LEAVES = {
  objectId: Schema.Types.ObjectId,
  string: String,
  number: Number,
  boolean: Boolean,
  date: Date,
  mixed: Schema.Types.Mixed,
};

// Objects in arrays get ids of their own from Mongoose, which our classes do not know.
const elements = new Set();

function typeOf(field) {
  if (field.type === 'array') {
    elements.add(field.items);
    return [typeOf(field.items)];
  }
  if (field.type === 'map') return Map;
  // Elsewhere than in arrays such objects have no ids: written as nested paths, as most people do.
  if (field.type === 'object') {
    return new Schema(fieldsOf(field.fields), { id: false, _id: elements.has(field) });
  }
  return LEAVES[field.type];
}

function fieldsOf(fields) {
  return Object.fromEntries(
    fields.map((field) => {
      const path = { type: typeOf(field) };
      if (field.type === 'map') path.of = typeOf(field.values);
      return [field.name, path];
    })
  );
}

function declare({ model, collection, fields }) {
  const paths = fieldsOf(fields.filter((field) => field.name !== '_id'));
  const identity = fields.find((field) => field.name === '_id');
  if (identity && identity.type !== 'objectId') paths._id = LEAVES[identity.type];
  const options = {
    id: false, // some have a field of that name
    autoIndex: false,
    autoCreate: false,
    optimisticConcurrency: true,
    suppressReservedKeysWarning: true,
  };
  mongoose.model(model, new Schema(paths, options), collection);
}

const opened = new Map();

const commands = {
  async create({ model, document }) {
    return { id: (await mongoose.model(model).create(document))._id };
  },
  async open({ model, id }) {
    opened.set(model, await mongoose.model(model).findById(id));
    return { found: opened.get(model) !== null };
  },
  async edit({ model, path, value }) {
    opened.get(model).set(path, value);
    await opened.get(model).save();
    return {};
  },
};

async function main() {
  for (const entry of JSON.parse(fs.readFileSync(specification)).collections) declare(entry);
  await mongoose.connect(url, { dbName });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = EJSON.parse(line);
    let answer;
    try {
      answer = await commands[command.name](command);
    } catch (error) {
      answer = { error: error.name, message: error.message };
    }
    console.log(EJSON.stringify(answer, { relaxed: false }));
  }
  await mongoose.disconnect();
}

main();
