// Drives gramjs against a data centre:
// gramjs_client.js HOST PORT DC PUBKEY.pem full|abridged|obfuscated|save|open
//
// save makes a key and prints it as a session, on the last line; open reads a session and talks by it, without a key exchange.
// It finds gramjs from its own folder, so it is copied beside node_modules. Exit status: 0 everything went as it
// should, 1 it did not, 75 gramjs failed by its own fault (see below).
const assert = require('node:assert/strict')
const { createHash, createPublicKey } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { setTimeout: delay } = require('node:timers/promises')

const bigInt = require('big-integer')
const { Api, TelegramClient } = require('telegram')
const { AuthKey } = require('telegram/crypto/AuthKey')
const { _serverKeys: serverKeys } = require('telegram/crypto/RSA')
const connection = require('telegram/network/connection')
const { StringSession } = require('telegram/sessions')

const EXIT_OWN_FAULT = 75
const TIMEOUT_MS = 30000

const connections = {
	full: connection.ConnectionTCPFull,
	abridged: connection.ConnectionTCPAbridged,
	obfuscated: connection.ConnectionTCPObfuscated,
}

function tlBytes(data) {
	const head = data.length < 254 ? [data.length] : [254, data.length & 255, data.length >> 8, data.length >> 16]
	return Buffer.concat([Buffer.from(head), data, Buffer.alloc((-(head.length + data.length) % 4 + 4) % 4)])
}

function trustOnly(pem) {
	const jwk = createPublicKey(readFileSync(pem)).export({ format: 'jwk' })
	const n = Buffer.from(jwk.n, 'base64url')
	const e = Buffer.from(jwk.e, 'base64url')
	const digest = createHash('sha1').update(tlBytes(n)).update(tlBytes(e)).digest()
	serverKeys.clear()
	serverKeys.set(digest.readBigInt64LE(12).toString(),
		{ n: bigInt(n.toString('hex'), 16), e: parseInt(e.toString('hex'), 16) })
}

// gramjs drops the leading zero bytes of an auth_key and then computes other hashes than its server: one exchange of
// 256 fails on its side.
let shortKeySeen = false
const setKey = AuthKey.prototype.setKey
AuthKey.prototype.setKey = function (value) {
	shortKeySeen ||= Buffer.isBuffer(value) && value.length < 256
	return setKey.call(this, value)
}

async function connect(session, port, mode) {
	// Which port it takes is compiled in.
	class Connection extends connections[mode] {
		constructor(options) {
			super({ ...options, port })
		}
	}
	const client = new TelegramClient(session, 1, '0'.repeat(32), { connection: Connection, connectionRetries: 1 })
	client.setLogLevel('error')
	await client.connect()
	return client
}

async function expectRpcError(client, request, code) {
	await assert.rejects(client.invoke(request), (error) => error.code === code)
}

async function talk(client, host, port, dc) {
	const config = await client.invoke(new Api.help.GetConfig())
	assert.equal(config.thisDc, dc)
	assert.equal(config.testMode, false)
	assert(config.dcOptions.some((option) => option.ipAddress === host && option.port === port))

	// Long enough for gramjs to compress it.
	const keys = Array(64).fill(bigInt.zero)
	assert.equal(await client.invoke(new Api.auth.DropTempAuthKeys({ exceptAuthKeys: keys })), true)

	// Many at once travel in containers.
	const ping = (n) => client._sender.send(new Api.Ping({ pingId: bigInt(n) }))
	const pongs = await Promise.all(Array.from({ length: 100 }, (_, n) => ping(n)))
	pongs.forEach((pong, n) => assert(pong.pingId.equals(n)))

	await expectRpcError(client, new Api.updates.GetState(), 401)
	await expectRpcError(client, new Api.help.GetPremiumPromo(), 400)
}

async function save(host, port, dc) {
	const session = new StringSession('')
	session.setDC(dc, host, port)
	const client = await connect(session, port, 'full')
	const saved = session.save()
	await client.destroy()
	assert(saved, 'a session without a key')
	console.log(saved)
}

async function openSaved(host, port, dc) {
	const session = new StringSession(readFileSync(0, 'ascii').trim())
	const client = await connect(session, port, 'full')
	assert.equal(session.serverAddress, host)
	assert.equal(session.port, port)
	assert.equal((await client.invoke(new Api.help.GetConfig())).thisDc, dc)
	await client.destroy()
}

async function drive(host, port, dc, mode) {
	if (mode === 'save') return save(host, port, dc)
	if (mode === 'open') return openSaved(host, port, dc)
	const session = new StringSession('')
	session.setDC(dc, host, port)
	const first = await connect(session, port, mode)
	await talk(first, host, port, dc)
	const saved = session.save()
	await first.destroy()

	// The same key on a new connection.
	const second = await connect(new StringSession(saved), port, mode)
	await talk(second, host, port, dc)
	await second.destroy()
}

async function main() {
	const [host, port, dc, pem, mode] = process.argv.slice(2)
	trustOnly(pem)
	await Promise.race([
		drive(host, Number(port), Number(dc), mode),
		delay(TIMEOUT_MS).then(() => { throw new Error(`not done after ${TIMEOUT_MS} ms`) }),
	])
}

main().then(() => process.exit(0), (error) => {
	console.error('gramjs:', error)
	process.exit(shortKeySeen ? EXIT_OWN_FAULT : 1)
})
