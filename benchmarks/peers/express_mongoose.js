"use strict";

// Two calls of the game's API as an Express and Mongoose team would write them: the middleware that
// everybody uses, lean reads, and a transaction that Mongoose runs again when it loses.

const crypto = require("node:crypto");

const express = require("express");
const { rateLimit } = require("express-rate-limit");
const helmet = require("helmet");
const Redis = require("ioredis");
const jwt = require("jsonwebtoken");
const mongoose = require("mongoose");
const pinoHttp = require("pino-http");
const { RedisStore } = require("rate-limit-redis");
const { z } = require("zod");

const settings = {
  port: Number(process.env.PEER_PORT),
  mongodb: process.env.PEER_MONGODB_URL,
  database: process.env.PEER_DATABASE,
  redis: process.env.PEER_REDIS_URL,
  tokenKey: Buffer.from(process.env.PEER_TOKEN_KEY, "hex"),
  rateScale: Number(process.env.PEER_RATE_SCALE),
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MOST_AT_ONCE = { dollars: 1_000_000, gold: 10_000, silver: 10_000 };
const MOST_A_DAY = 3_000_000;
const MOST_AN_HOUR = 10;
const UNTAXED = 1_000;

// Documents

const { Schema } = mongoose;
const options = (collection) => ({ collection, autoIndex: false });

const User = mongoose.model(
  "User",
  new Schema(
    {
      email: { type: String, required: true },
      username: { type: String, required: true },
      password: { type: String, required: true, select: false },
      role: { type: String, enum: ["user", "moderator", "admin"], default: "user" },
      status: { type: String, enum: ["active", "suspended", "banned"], default: "active" },
      tokenVersion: Number,
    },
    options("users"),
  ),
);

const RefreshToken = mongoose.model(
  "RefreshToken",
  new Schema(
    {
      userId: { type: Schema.Types.ObjectId, ref: "User", required: true },
      familyId: Schema.Types.ObjectId,
      status: { type: String, enum: ["active", "rotated", "revoked"] },
      expiresAt: { type: Date, required: true },
    },
    options("refreshtokens"),
  ),
);

const Skill = new Schema({ level: Number, xp: Number, specialization: String }, { _id: false });

const Character = mongoose.model(
  "Character",
  new Schema(
    {
      userId: { type: Schema.Types.ObjectId, ref: "User", required: true },
      name: { type: String, required: true },
      background: { type: String, required: true },
      faction: { type: String, required: true },
      level: { type: Number, default: 1 },
      xp: { type: Number, default: 0 },
      dollars: { type: Number, default: 0 },
      gold: { type: Number, default: 0 },
      silver: { type: Number, default: 0 },
      health: { type: Number, default: 100 },
      maxHealth: { type: Number, default: 100 },
      energy: { type: Number, default: 150 },
      maxEnergy: { type: Number, default: 150 },
      currentLocationId: { type: Schema.Types.ObjectId, ref: "Location" },
      skills: { type: Map, of: Skill },
      isInCombat: { type: Boolean, default: false },
      isInJail: { type: Boolean, default: false },
      isDead: { type: Boolean, default: false },
      gangId: { type: Schema.Types.ObjectId, ref: "Gang", default: null },
      ledgerSeq: { dollars: Number, gold: Number, silver: Number },
      tradeLockedUntil: Date,
      deletedAt: Date,
      lastActive: Date,
      createdAt: Date,
      updatedAt: Date,
    },
    options("characters"),
  ),
);

const GoldTransaction = mongoose.model(
  "GoldTransaction",
  new Schema(
    {
      characterId: { type: Schema.Types.ObjectId, ref: "Character", required: true },
      type: { type: String, enum: ["EARN", "SPEND", "TRANSFER", "TAX"], required: true },
      currency: { type: String, enum: ["dollars", "gold", "silver"], required: true },
      amount: { type: Number, required: true },
      source: { type: String, required: true },
      balanceBefore: { type: Number, required: true },
      balanceAfter: { type: Number, required: true },
      createdAt: { type: Date, default: Date.now },
      seq: Number,
      counterparty: String,
      operation: Schema.Types.ObjectId,
      note: String,
    },
    options("goldtransactions"),
  ),
);

const Allowance = mongoose.model(
  "Allowance",
  new Schema({ _id: String, since: Date, used: Number, expiresAt: Date }, options("allowances")),
);

const CommandRecord = mongoose.model(
  "CommandRecord",
  new Schema(
    {
      _id: String,
      command: String,
      fingerprint: String,
      result: Schema.Types.Mixed,
      createdAt: Date,
      expiresAt: Date,
    },
    options("commandrecords"),
  ),
);

// Refusals

class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const unauthenticated = () => new Refusal(401, "invalid_token", "Log in.");
const notFound = () => new Refusal(404, "character_not_found", "There is no such character.");

// Who calls, and how often

const redis = new Redis(settings.redis);

const limiter = (name, keyGenerator) =>
  rateLimit({
    windowMs: MINUTE,
    limit: 300 * settings.rateScale,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    identifier: name,
    keyGenerator,
    store: new RedisStore({
      prefix: `rl:${name}:`,
      sendCommand: (command, ...args) => redis.call(command, ...args),
    }),
  });

const limitAddress = limiter("global");
const limitAccount = limiter("api", (req) => req.user.id);

async function authenticate(req, res, next) {
  const [scheme, token] = (req.get("Authorization") ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) throw unauthenticated();
  let claims;
  try {
    claims = jwt.verify(token, settings.tokenKey, {
      algorithms: ["HS256"],
      issuer: "desperados",
      audience: "desperados",
    });
  } catch {
    throw unauthenticated();
  }
  if (claims.typ !== "access") throw unauthenticated();
  const [denied, user, session] = await Promise.all([
    redis.exists(`deny:${claims.jti}`),
    User.findById(claims.sub).select("role status tokenVersion").lean(),
    RefreshToken.findOne({ familyId: claims.sid, status: "active" }).select("expiresAt").lean(),
  ]);
  if (denied || !user || (user.tokenVersion ?? 0) !== claims.tv) throw unauthenticated();
  if (!session || session.expiresAt <= new Date()) throw unauthenticated();
  if (user.status !== "active") throw new Refusal(403, "account_closed", "The account is closed.");
  req.user = { id: claims.sub, role: user.role };
  next();
}

async function requireOwner(req, res, next) {
  const { characterId } = req.params;
  if (!mongoose.isObjectIdOrHexString(characterId)) throw notFound();
  req.character = await Character.findOne({
    _id: characterId,
    userId: req.user.id,
    deletedAt: null,
  }).lean();
  if (!req.character) throw notFound();
  next();
}

// A character as its owner sees it

const POWERS = {
  combat: ["melee_combat", "ranged_combat", "defensive_tactics", "mounted_combat", "explosives"],
  cunning: [
    "lockpicking", "stealth", "pickpocket", "tracking",
    "deception", "gambling", "duel_instinct", "sleight_of_hand",
  ],
  spirit: [
    "medicine", "persuasion", "animal_handling", "leadership", "ritual_knowledge", "performance",
  ],
  craft: [
    "blacksmithing", "leatherworking", "cooking", "alchemy", "engineering", "prospecting",
    "woodworking", "gunsmithing", "tailoring", "native_crafts", "trapping",
  ],
};
const FAVOURED = { settler_alliance: "craft", nahi_coalition: "spirit", frontera: "cunning" };

function characterView(character) {
  const skills = {};
  for (const [name, skill] of Object.entries(character.skills)) {
    skills[name] = {
      level: skill.level,
      xp: skill.xp,
      specialization: skill.specialization ?? null,
    };
  }
  const powers = {};
  for (const [category, names] of Object.entries(POWERS)) {
    powers[category] = names.reduce((sum, name) => sum + (skills[name]?.level ?? 0), 0);
    if (FAVOURED[character.faction] === category) powers[category] += 5;
  }
  return {
    id: character._id,
    name: character.name,
    background: character.background,
    faction: character.faction,
    level: character.level,
    xp: character.xp,
    dollars: character.dollars,
    gold: character.gold,
    silver: character.silver,
    health: character.health,
    maxHealth: character.maxHealth,
    energy: character.energy,
    maxEnergy: character.maxEnergy,
    currentLocationId: character.currentLocationId,
    skills,
    powers,
    isInCombat: character.isInCombat,
    isInJail: character.isInJail,
    isDead: character.isDead,
    gangId: character.gangId ?? null,
    createdAt: character.createdAt,
    lastActive: character.lastActive,
  };
}

// The transfer

const Transfer = z.strictObject({
  recipientId: z.string().regex(/^[0-9a-f]{24}$/i),
  amount: z.int().min(1).max(1_000_000),
  currency: z.enum(["dollars", "gold", "silver"]).default("dollars"),
  note: z.string().max(200).nullish(),
});
const Key = z.string().regex(/^[\x20-\x7e]{1,200}$/);

function parse(schema, value) {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Refusal(422, "invalid_input", z.prettifyError(parsed.error));
  return parsed.data;
}

async function once(actor, key, request, body) {
  const id = `${actor}:${key}`;
  const text = JSON.stringify(["transfer", request]);
  const fingerprint = crypto.createHash("sha256").update(text).digest("hex");
  try {
    return await mongoose.connection.transaction(
      async (session) => {
        const result = await body(session);
        const now = new Date();
        const expiresAt = new Date(now.getTime() + 30 * DAY);
        const record = { _id: id, command: "transfer", fingerprint, result };
        await CommandRecord.create([{ ...record, createdAt: now, expiresAt }], { session });
        return result;
      },
      { readConcern: { level: "snapshot" }, writeConcern: { w: "majority" } },
    );
  } catch (error) {
    const earlier = await CommandRecord.findById(id).lean();
    if (!earlier) throw error;
    if (earlier.fingerprint !== fingerprint) {
      throw new Refusal(409, "key_reused", "This key was used with another request.");
    }
    return earlier.result;
  }
}

async function checkRecipient(id, session) {
  const recipient = await Character.findOne({ _id: id, deletedAt: null })
    .select("userId isDead")
    .session(session)
    .lean();
  if (!recipient) throw new Refusal(404, "recipient_not_found", "There is no such recipient.");
  if (recipient.isDead) throw new Refusal(409, "character_unavailable", "The recipient is dead.");
  const user = await User.findById(recipient.userId).select("status").session(session).lean();
  if (user?.status === "banned") {
    throw new Refusal(409, "character_unavailable", "The recipient is banned.");
  }
}

// Counts what an account and a character send; returns the tax on this amount.
async function countTransfer(sender, amount, currency, session) {
  const now = new Date();
  const today = new Date(now);
  today.setUTCHours(0, 0, 0, 0);
  const limits = [
    { id: `transfers:${sender.userId}`, window: HOUR, since: now, by: 1, most: MOST_AN_HOUR },
  ];
  const daily = { id: `sent:${sender._id}`, window: DAY, since: today, by: amount };
  if (currency === "dollars") limits.push({ ...daily, most: MOST_A_DAY });
  const stored = await Allowance.find({ _id: { $in: limits.map(({ id }) => id) } })
    .session(session)
    .lean();
  const writes = limits.map((limit) => {
    const known = stored.find(({ _id }) => _id === limit.id);
    const current = known && now - known.since < limit.window;
    limit.before = current ? known.used : 0;
    if (current) limit.since = known.since;
    if (limit.before + limit.by > limit.most) {
      throw new Refusal(429, "limit_exceeded", `At most ${limit.most} in a window.`);
    }
    const expiresAt = new Date(limit.since.getTime() + limit.window);
    const update = { $set: { since: limit.since, used: limit.before + limit.by, expiresAt } };
    return { updateOne: { filter: { _id: limit.id }, update, upsert: true } };
  });
  await Allowance.bulkWrite(writes, { session });
  if (currency !== "dollars") return 0;
  return Math.ceil(Math.max(0, amount - Math.max(0, UNTAXED - limits[1].before)) / 100);
}

async function move(id, currency, amount, session) {
  const filter = { _id: id, deletedAt: null };
  if (amount < 0) filter[currency] = { $gte: -amount };
  return Character.findOneAndUpdate(
    filter,
    {
      $inc: { [currency]: amount, [`ledgerSeq.${currency}`]: 1 },
      $set: { updatedAt: new Date() },
    },
    { new: true, session, projection: { [currency]: 1, ledgerSeq: 1 } },
  ).lean();
}

async function transfer(sender, { recipientId, amount, currency, note }, session) {
  if (amount > MOST_AT_ONCE[currency]) {
    throw new Refusal(409, "limit_exceeded", "Too much at once.");
  }
  const actor = await Character.findOne({ _id: sender._id, deletedAt: null })
    .select("userId isDead tradeLockedUntil")
    .session(session)
    .lean();
  if (!actor) throw notFound();
  if (actor.isDead) throw new Refusal(409, "character_unavailable", "The dead handle no money.");
  if (actor.tradeLockedUntil > new Date()) {
    throw new Refusal(409, "trade_locked", "The staff bar this character from trade.");
  }
  await checkRecipient(recipientId, session);
  const tax = await countTransfer(actor, amount, currency, session);
  const sent = await move(actor._id, currency, -(amount + tax), session);
  if (!sent) throw new Refusal(409, "insufficient_funds", "Not enough money.");
  const received = await move(recipientId, currency, amount, session);
  const operation = new mongoose.Types.ObjectId();
  const createdAt = new Date();
  const row = (wallet, change, type, source, counterparty, after) => ({
    characterId: wallet._id,
    type,
    currency,
    amount: change,
    source,
    balanceBefore: after - change,
    balanceAfter: after,
    createdAt,
    seq: wallet.ledgerSeq[currency],
    counterparty,
    operation,
    note: note ?? undefined,
  });
  const toRecipient = `wallet:${recipientId}`;
  const fromSender = `wallet:${actor._id}`;
  const left = sent[currency];
  const rows = [
    row(sent, -amount, "TRANSFER", "player_transfer", toRecipient, left + tax),
    row(received, amount, "TRANSFER", "player_transfer", fromSender, received[currency]),
  ];
  if (tax) rows.push(row(sent, -tax, "TAX", "transfer_tax", "world", left));
  await GoldTransaction.insertMany(rows, { session });
  return { operation, currency, amount, tax, balance: left, at: createdAt };
}

// The application

const app = express();
app.disable("x-powered-by");
app.use(pinoHttp());
app.use(helmet());
app.use(limitAddress);
app.use(express.json({ limit: "64kb" }));

const characters = express.Router();
characters.use(authenticate, limitAccount);
characters.get("/:characterId", requireOwner, (req, res) => {
  res.json(characterView(req.character));
});
characters.post("/:characterId/transfers", requireOwner, async (req, res) => {
  const key = parse(Key, req.get("Idempotency-Key"));
  const body = parse(Transfer, req.body);
  if (body.recipientId === req.params.characterId) {
    throw new Refusal(409, "self_transfer", "You cannot pay yourself.");
  }
  const receipt = await once(req.character._id, key, body, (session) =>
    transfer(req.character, body, session),
  );
  res.json(receipt);
});
app.use("/api/v1/characters", characters);

app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status >= 500) req.log.error(error);
  res.status(status).json({ code: error.code ?? "internal_error", detail: error.message });
});

mongoose
  .connect(settings.mongodb, { dbName: settings.database })
  .then(() => app.listen(settings.port, "127.0.0.1"));
