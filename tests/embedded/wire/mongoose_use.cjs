// What an application on Mongoose 8 does, against the server at a URL; prints what fails.
//
//   node mongoose_use.cjs <node_modules/mongoose> <MongoDB URL>
'use strict';

const assert = require('assert');
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');

const [mongoosePath, url] = process.argv.slice(2);
const mongoose = require(mongoosePath);
const { Schema } = mongoose;
let failures = 0;

async function step(name, run) {
  try {
    await run();
  } catch (error) {
    failures += 1;
    console.log(`${name}: ${error.stack}`);
  }
}

async function main() {
  await mongoose.connect(url, { dbName: 'mg' });
  await mongoose.connection.dropDatabase();
  const userSchema = new Schema(
    {
      username: { type: String, unique: true },
      email: { type: String, index: true, sparse: true },
      age: { type: Number, min: 0 },
      tags: [String],
      meta: Schema.Types.Mixed,
      when: { type: Date, expires: 3600 },
      big: BigInt,
      dec: Schema.Types.Decimal128,
      buf: Buffer,
      m: { type: Map, of: Number },
      uuid: Schema.Types.UUID,
      nested: { a: { b: Number } },
      subs: [new Schema({ k: String, v: Number })],
    },
    { timestamps: true, optimisticConcurrency: true, collation: { locale: 'en', strength: 2 } },
  );
  userSchema.index({ age: 1, email: -1 }, { partialFilterExpression: { age: { $gt: 5 } } });
  const User = mongoose.model('User', userSchema);
  const Post = mongoose.model(
    'Post',
    new Schema(
      {
        title: { type: String, required: true, index: true },
        author: { type: Schema.Types.ObjectId, ref: 'User' },
        likes: [{ type: Schema.Types.ObjectId, ref: 'User' }],
      },
      { timestamps: true, toJSON: { virtuals: true } },
    ),
  );
  await step('models create their collections and indexes', async () => {
    await User.init();
    await Post.init();
  });
  await step('every type comes back', async () => {
    const u = await User.create({
      username: 'Alice',
      age: 7,
      email: 'a@x',
      tags: ['x'],
      meta: { z: [1, { y: 2 }] },
      big: 12345678901234n,
      dec: '1.50',
      buf: Buffer.from('hi'),
      m: { a: 1, b: 2 },
      uuid: '6a4b7208-d103-487b-96e0-2fefba7653be',
      nested: { a: { b: 1 } },
      subs: [{ k: 'q', v: 1 }],
    });
    assert.equal(u.__v, 0);
    const r = await User.findById(u._id);
    assert.equal(r.big, 12345678901234n);
    assert.equal(r.m.get('b'), 2);
    assert.equal(r.dec.toString(), '1.50');
    assert.equal(r.buf.toString(), 'hi');
  });
  await step('a unique index tells its key', async () => {
    await assert.rejects(
      User.create({ username: 'alice' }),
      (e) => e.code === 11000 && e.keyPattern.username === 1 && e.keyValue.username !== undefined,
    );
  });
  await step('a schema collation folds case', async () => {
    assert.equal(await User.countDocuments({ username: 'ALICE' }), 1);
    assert.ok(await User.findOne({ username: 'aLICE' }));
  });
  await step('a stale document is refused', async () => {
    const a = await User.findOne({ username: 'Alice' }),
      b = await User.findOne({ username: 'Alice' });
    a.age = 8;
    await a.save();
    assert.equal(a.__v, 1);
    b.age = 9;
    await assert.rejects(b.save(), (e) => e.name === 'VersionError');
  });
  await step('arrays, maps and subdocuments are changed in place', async () => {
    const a = await User.findOne({ username: 'Alice' });
    a.tags.push('y', 'z');
    a.tags.pull('x');
    await a.save();
    const c = await User.findOne({ username: 'Alice' });
    c.subs.push({ k: 'n', v: 2 });
    c.subs[0].v = 9;
    c.m.set('c', 3);
    c.markModified('meta');
    c.meta.z.push(5);
    await c.save();
    const d = await User.findById(c._id);
    assert.equal(d.subs[0].v, 9);
    assert.equal(d.meta.z.length, 3);
    d.subs.id(d.subs[1]._id).deleteOne();
    await d.save();
  });
  await step('timestamps move', async () => {
    const a = await User.findOne({ username: 'Alice' });
    const t = a.updatedAt;
    await new Promise((r) => setTimeout(r, 5));
    await User.updateOne({ _id: a._id }, { $inc: { age: 1 } });
    const b = await User.findById(a._id);
    assert.ok(b.updatedAt > t);
    assert.equal(+b.createdAt, +a.createdAt);
  });
  await step('upserts answer', async () => {
    const r = await User.findOneAndUpdate(
      { username: 'Bob' },
      { $set: { age: 3 } },
      { upsert: true, new: true, setDefaultsOnInsert: true },
    );
    assert.equal(r.username, 'Bob');
    assert.ok(r.createdAt);
    const raw = await User.findOneAndUpdate(
      { username: 'Bob' },
      { $inc: { age: 1 } },
      { includeResultMetadata: true },
    );
    assert.ok(raw.lastErrorObject.updatedExisting);
  });
  await step('populate', async () => {
    const a = await User.findOne({ username: 'Alice' }),
      b = await User.findOne({ username: 'Bob' });
    const p = await Post.create({ title: 'T', author: a._id, likes: [a._id, b._id] });
    const q = await Post.findById(p._id).populate('author', 'username').populate('likes');
    assert.equal(q.author.username, 'Alice');
    assert.equal(q.likes.length, 2);
    const qq = await Post.find().populate({
      path: 'likes',
      match: { age: { $gt: 5 } },
      options: { sort: { age: -1 }, limit: 1 },
      select: 'username',
    });
    assert.equal(qq[0].likes.length, 1);
  });
  await step('withTransaction commits', async () => {
    const s = await mongoose.startSession();
    await s.withTransaction(async () => {
      const u = await User.findOne({ username: 'Bob' }).session(s);
      u.age = 50;
      await u.save({ session: s });
      await Post.create([{ title: 'Tx', author: u._id }], { session: s });
    });
    await s.endSession();
    assert.equal((await User.findOne({ username: 'Bob' })).age, 50);
    assert.equal(await Post.countDocuments({ title: 'Tx' }), 1);
  });
  await step('a transaction that throws leaves nothing', async () => {
    await assert.rejects(
      mongoose.connection.transaction(async (s) => {
        await Post.create([{ title: 'No' }], { session: s });
        throw new Error('x');
      }),
    );
    assert.equal(await Post.countDocuments({ title: 'No' }), 0);
  });
  await step('transactions that meet are retried', async () => {
    let tries = 0;
    const inc = async () => {
      const s = await mongoose.startSession();
      await s.withTransaction(async () => {
        tries++;
        const u = await User.findOne({ username: 'Bob' }).session(s);
        await User.updateOne({ _id: u._id }, { $set: { age: u.age + 1 } }, { session: s });
      });
      await s.endSession();
    };
    const before = (await User.findOne({ username: 'Bob' })).age;
    await Promise.all([1, 2, 3, 4, 5].map(inc));
    assert.equal((await User.findOne({ username: 'Bob' })).age, before + 5);
  });
  await step('bulkWrite', async () => {
    const r = await User.bulkWrite([
      { insertOne: { document: { username: 'C1', age: 1 } } },
      {
        updateOne: {
          filter: { username: 'C1' },
          update: { $inc: { age: 1 } },
          upsert: true,
        },
      },
      { updateMany: { filter: {}, update: { $set: { email: 'e' } } } },
      { replaceOne: { filter: { username: 'C1' }, replacement: { username: 'C2' } } },
      { deleteOne: { filter: { username: 'C2' } } },
    ]);
    assert.equal(r.insertedCount, 1);
    assert.equal(r.deletedCount, 1);
  });
  await step('bulkSave', async () => {
    const us = await User.find();
    us.forEach((u) => (u.age = (u.age || 0) + 1));
    await User.bulkSave(us);
  });
  await step('insertMany, ordered and not', async () => {
    await Post.insertMany(Array.from({ length: 300 }, (_, i) => ({ title: 'P' + i })));
    await assert.rejects(
      User.insertMany([{ username: 'D1' }, { username: 'd1' }, { username: 'D2' }], {
        ordered: false,
      }),
    );
    assert.equal(await User.countDocuments({ username: /^D/ }), 2);
  });
  await step('cursors', async () => {
    let n = 0;
    for await (const p of Post.find({ title: /^P/ }).cursor({ batchSize: 50 })) n++;
    assert.equal(n, 300);
    n = 0;
    await Post.find()
      .cursor()
      .eachAsync(
        () => {
          n++;
        },
        { parallel: 5 },
      );
    assert.ok(n > 300);
    n = 0;
    for await (const p of Post.aggregate([{ $match: { title: /^P/ } }]).cursor({
      batchSize: 10,
    }))
      n++;
    assert.equal(n, 300);
  });
  await step('aggregation', async () => {
    const r = await Post.aggregate([
      { $lookup: { from: 'users', localField: 'author', foreignField: '_id', as: 'a' } },
      { $unwind: '$a' },
      { $group: { _id: '$a.username', n: { $sum: 1 }, last: { $max: '$createdAt' } } },
      { $sort: { _id: 1 } },
    ]);
    assert.equal(r.length, 2);
    const f = await Post.aggregate().facet({
      n: [{ $count: 'c' }],
      s: [{ $sample: { size: 3 } }],
      b: [{ $bucketAuto: { groupBy: '$createdAt', buckets: 3 } }],
    });
    assert.equal(f[0].s.length, 3);
    await Post.aggregate([
      { $match: { title: 'T' } },
      { $merge: { into: 'copies', on: '_id', whenMatched: 'replace' } },
    ]);
    await Post.aggregate([{ $match: { title: 'T' } }, { $out: 'copies2' }]);
    assert.equal(await mongoose.connection.collection('copies').countDocuments(), 1);
    await Post.aggregate([
      {
        $graphLookup: {
          from: 'users',
          startWith: '$author',
          connectFromField: '_id',
          connectToField: '_id',
          as: 'g',
        },
      },
      { $limit: 1 },
    ]);
    await Post.aggregate([
      { $unionWith: { coll: 'users', pipeline: [{ $match: { username: 'Alice' } }] } },
      { $count: 'n' },
    ]);
  });
  await step('discriminators', async () => {
    const Ev = mongoose.model('Event', new Schema({ t: Date }, { discriminatorKey: 'kind' }));
    const Cl = Ev.discriminator(
      'Clicked',
      new Schema({ el: String, u: { type: String, unique: true } }),
    );
    const Si = Ev.discriminator('Signed', new Schema({ who: String }));
    await Ev.init();
    await Cl.init();
    await Cl.create({ t: Date.now(), el: 'b', u: '1' });
    await Si.create({ who: 'w' });
    assert.equal(await Ev.countDocuments(), 2);
    assert.equal(await Cl.countDocuments(), 1);
    assert.ok((await Ev.findOne({ kind: 'Signed' })) instanceof Si);
  });
  await step('discriminators in arrays', async () => {
    const sh = new Schema({ n: String }, { discriminatorKey: 'k' });
    const B = new Schema({ items: [sh] });
    B.path('items').discriminator('Gun', new Schema({ cal: Number }));
    const Bag = mongoose.model('Bag', B);
    const b = await Bag.create({ items: [{ k: 'Gun', n: 'Colt', cal: 45 }] });
    const c = await Bag.findById(b._id);
    assert.equal(c.items[0].cal, 45);
  });
  await step('queries and updates', async () => {
    await Post.find({ title: { $in: ['T', 'Tx'] }, createdAt: { $lte: new Date() } })
      .sort('-createdAt')
      .skip(1)
      .limit(1)
      .select('-__v')
      .lean();
    await Post.exists({ title: 'T' });
    await Post.distinct('title');
    await Post.estimatedDocumentCount();
    await User.find({ 'subs.k': 'n', 'nested.a.b': { $exists: true } });
    await User.find({ $expr: { $gt: ['$age', 1] } });
    await User.find({ tags: { $all: ['y'], $size: 2 } });
    await User.find({ subs: { $elemMatch: { v: { $gt: 1 } } } }).select({
      subs: { $elemMatch: { v: { $gt: 1 } } },
    });
    await Post.deleteMany({ title: /^P1/ });
    await Post.findOneAndDelete({ title: 'P2' });
    await Post.findOneAndReplace({ title: 'P3' }, { title: 'R' });
    await Post.findByIdAndUpdate(
      (await Post.findOne())._id,
      [{ $set: { title: { $concat: ['$title', '!'] } } }],
      { updatePipeline: true, new: true },
    );
    await User.updateMany(
      {},
      { $pull: { subs: { v: { $gt: 100 } } }, $addToSet: { tags: { $each: ['q', 'r'] } } },
    );
    await User.updateOne({ 'subs.k': 'n' }, { $set: { 'subs.$.v': 77 } });
    await User.updateOne(
      { username: 'Alice' },
      { $set: { 'subs.$[e].v': 78 } },
      { arrayFilters: [{ 'e.k': 'n' }] },
    );
    await User.updateOne(
      { username: 'Alice' },
      { $push: { tags: { $each: ['a1'], $slice: -3, $sort: 1, $position: 0 } } },
    );
  });
  await step('syncIndexes', async () => {
    assert.deepEqual(await Post.diffIndexes(), { toDrop: [], toCreate: [] });
    await Post.collection.createIndex({ zz: 1 });
    assert.deepEqual(await Post.syncIndexes(), ['zz_1']);
    assert.equal((await User.listIndexes()).length, 5);
  });
  await step('createCollection', async () => {
    await mongoose.model('Q', new Schema({ a: Number }, { autoCreate: false })).createCollection();
    await User.createCollection();
    const cs = await mongoose.connection.listCollections();
    assert.ok(cs.length > 3);
  });
  await step('capped collections are refused', async () => {
    await assert.rejects(mongoose.connection.createCollection('c', { capped: true, size: 100 }));
  });
  await step('explain', async () => {
    const e = await User.find({ username: 'Alice' })
      .collation({ locale: 'en', strength: 2 })
      .explain('executionStats');
    const x = Array.isArray(e) ? e[0] : e;
    assert.equal(x.queryPlanner.winningPlan.inputStage.indexName, 'username_1');
    await User.aggregate([{ $match: { age: 1 } }]).explain();
  });
  await step('snapshot sessions', async () => {
    const s = await mongoose.startSession({ snapshot: true });
    const n = await Post.find().session(s);
    await Post.create({ title: 'after' });
    const m = await Post.find().session(s);
    assert.equal(n.length, m.length);
    await s.endSession();
  });
  await step('causal sessions', async () => {
    const s = await mongoose.startSession({ causalConsistency: true });
    await Post.create([{ title: 'cc' }], { session: s });
    assert.equal((await Post.find({ title: 'cc' }).session(s)).length, 1);
    await s.endSession();
  });
  await step('bulk writes over several collections', async () => {
    const r = await mongoose.connection.getClient().bulkWrite(
      [
        { namespace: 'mg.posts', name: 'insertOne', document: { title: 'cb' } },
        {
          namespace: 'mg.users',
          name: 'updateOne',
          filter: { username: 'Alice' },
          update: { $inc: { age: 1 } },
        },
      ],
      { verboseResults: true },
    );
    assert.equal(r.insertedCount, 1);
    const c = await mongoose.connection.bulkWrite([
      { model: 'Post', name: 'insertOne', document: { title: 'cb2' } },
    ]);
    assert.equal(c.insertedCount, 1);
  });
  await step('GridFS', async () => {
    const b = new mongoose.mongo.GridFSBucket(mongoose.connection.db);
    const up = b.openUploadStream('f');
    await pipeline(Readable.from([Buffer.alloc(600000, 1)]), up);
    let n = 0;
    for await (const c of b.openDownloadStream(up.id)) n += c.length;
    assert.equal(n, 600000);
  });
  await step('change streams are refused', async () => {
    await assert.rejects(Post.collection.watch().next(), (error) => error.code === 40573);
  });
  await step('options of the URL', async () => {
    const c = mongoose.createConnection(
      url.replace('?', '?appName=x&compressors=zlib&maxPoolSize=3&'),
      { dbName: 'mg' },
    );
    await c.asPromise();
    await c.db.command({ ping: 1 });
    await c.close();
  });
  await step('the replica set is discovered', async () => {
    const c = mongoose.createConnection(
      url.replace('directConnection=true', 'replicaSet=desperados'),
      { dbName: 'mg' },
    );
    await c.asPromise();
    await c.db.command({ ping: 1 });
    await c.close();
  });
  await mongoose.disconnect();
  process.exitCode = failures ? 1 : 0;
}

main();
