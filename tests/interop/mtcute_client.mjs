// Drives mtcute against a data centre:
// mtcute_client.mjs HOST PORT DC PUBKEY.pem intermediate|obfuscated|padded|padded_o, each also with _pfs, or save|open
//
// save makes a key and prints it as a session; open reads a session and talks by it, without a key exchange.
// It finds mtcute from its own folder, so it is copied beside node_modules. Exit status: 0 everything went as it
// should, 1 it did not, 75 mtcute failed by its own fault (see below).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import {
	BaseTelegramClient, IntermediatePacketCodec, Long, MemoryStorage, NodePlatform, ObfuscatedPacketCodec,
	PaddedIntermediatePacketCodec, TcpTransport, tl,
} from '@mtcute/node'
import { addPublicKey, readStringSession } from '@mtcute/core/utils.js'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'

const EXIT_OWN_FAULT = 75
const TIMEOUT_MS = 30000

const codecs = {
	intermediate: () => new IntermediatePacketCodec(),
	obfuscated: () => new ObfuscatedPacketCodec(new IntermediatePacketCodec()),
	padded: () => new PaddedIntermediatePacketCodec(),
	padded_o: () => new ObfuscatedPacketCodec(new PaddedIntermediatePacketCodec()),
}

class Transport extends TcpTransport {
	constructor(makeCodec) {
		super()
		this.packetCodec = makeCodec
	}
}

// mtcute drops the leading zero bytes of an auth_key and then computes other hashes than its server: one exchange of
// 256 fails on its side. Nothing else that it hashes by SHA-1 has these lengths.
class Crypto extends NodeCryptoProvider {
	shortKeySeen = false

	sha1(data) {
		this.shortKeySeen ||= data.length >= 250 && data.length < 256
		return super.sha1(data)
	}
}

async function expectRpcError(client, request, code) {
	await assert.rejects(client.call(request), (error) => tl.RpcError.is(error) && error.code === code)
}

async function talk(client, { host, port, dc }) {
	const config = await client.call({ _: 'help.getConfig' })
	assert.equal(config.thisDc, dc)
	assert.equal(config.testMode, false)
	assert(config.dcOptions.some((option) => option.ipAddress === host && option.port === port))

	// Long enough for mtcute to compress it.
	const keys = Array(64).fill(Long.ZERO)
	assert.equal(await client.call({ _: 'auth.dropTempAuthKeys', exceptAuthKeys: keys }), true)

	// Many at once travel in containers.
	const nearest = await Promise.all(Array.from({ length: 100 }, () => client.call({ _: 'help.getNearestDc' })))
	assert(nearest.every((answer) => answer.thisDc === dc))

	await expectRpcError(client, { _: 'updates.getState' }, 401)
	await expectRpcError(client, { _: 'help.getPremiumPromo' }, 400)
}

function makeClient(target, codec, usePfs, storage, crypto) {
	const main = { id: target.dc, ipAddress: target.host, port: target.port }
	return new BaseTelegramClient({
		apiId: 1, apiHash: '0'.repeat(32), storage, crypto, transport: new Transport(codecs[codec]),
		defaultDcs: { main, media: { ...main, mediaOnly: true } }, network: { usePfs },
		disableUpdates: true, logLevel: 1,
	})
}

async function save(target, crypto) {
	const client = makeClient(target, 'intermediate', false, new MemoryStorage(), crypto)
	await client.connect()
	await client.call({ _: 'help.getConfig' })
	console.log(await client.exportSession())
	await client.destroy()
}

async function openSaved(target, crypto) {
	const client = makeClient(target, 'intermediate', false, new MemoryStorage(), crypto)
	const session = readFileSync(0, 'ascii').trim()
	await client.importSession(session)
	assert.equal((await client.call({ _: 'help.getConfig' })).thisDc, target.dc)
	const { authKey, primaryDcs } = readStringSession(await client.exportSession())
	assert.deepEqual(authKey, readStringSession(session).authKey)
	assert.equal(primaryDcs.main.port, target.port)
	await client.destroy()
}

async function drive(target, mode, crypto) {
	if (mode === 'save') return save(target, crypto)
	if (mode === 'open') return openSaved(target, crypto)
	const [codec, pfs] = mode.split(/_(?=pfs$)/)
	const storage = new MemoryStorage()

	// The same permanent key on a second connection.
	for (let round = 0; round < 2; round++) {
		const client = makeClient(target, codec, pfs === 'pfs', storage, crypto)
		await client.connect()
		await talk(client, target)
		await client.destroy()
	}
}

const [host, port, dc, pem, mode] = process.argv.slice(2)
const crypto = new Crypto()
addPublicKey({ sha1: (data) => createHash('sha1').update(data).digest() }, readFileSync(pem, 'ascii'))
try {
	await Promise.race([
		drive({ host, port: Number(port), dc: Number(dc) }, mode, crypto),
		delay(TIMEOUT_MS).then(() => { throw new Error(`not done after ${TIMEOUT_MS} ms`) }),
	])
	process.exit(0)
} catch (error) {
	console.error(`mtcute ${mode}:`, error)
	process.exit(crypto.shortKeySeen ? EXIT_OWN_FAULT : 1)
}
