// Makes the replica set of compose.yaml and its two users; done again, it changes nothing.
const fs = require("fs")
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim()
const admin = db.getSiblingDB("admin")

let known = false
try {
  known = admin.auth("admin", secret("mongodb_admin_password")).ok === 1
} catch (error) {
  print("no administrator yet")
}
if (!known) {
  try {
    rs.initiate({_id: "rs0", members: [
      {_id: 0, host: "mongo1", priority: 2}, {_id: 1, host: "mongo2"}, {_id: 2, host: "mongo3"},
    ]})
  } catch (error) {
    if (error.codeName !== "AlreadyInitialized") throw error
  }
}
while (!db.hello().isWritablePrimary) sleep(500)
if (!known) {
  admin.createUser({user: "admin", pwd: secret("mongodb_admin_password"), roles: ["root"]})
  admin.auth("admin", secret("mongodb_admin_password"))
}
// What the game may do: everything with its own database, and nothing else.
const game = {pwd: secret("mongodb_password"), roles: [{role: "readWrite", db: "desperados"}]}
if (admin.getUser("desperados")) admin.updateUser("desperados", game)
else admin.createUser({user: "desperados", ...game})
