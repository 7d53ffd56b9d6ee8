-- The PROXY header, version 2, as a gate of Postern writes it: docs/protocol/proxy.md there, and HAProxy's
-- proxy-protocol.txt. Knows no connection and no session; nothing is changed in what it is given.

local ntop = require "util.net".ntop;

local SIGNATURE = "\13\10\13\10\0\13\10QUIT\10";
local FIXED_LENGTH = 16;

-- Addresses and TLVs together: what a gate writes at most, and so all that has to be kept of a client that is not known yet.
local MAX_BODY = 8192;

local COMMAND_LOCAL, COMMAND_PROXY = 0x20, 0x21;

-- Length of an address, by family. Without one (a client of a unix socket) the family is 0 and there is none.
local ADDRESS_LENGTH = { [0x00] = 0, [0x11] = 4, [0x21] = 16 };

local TLV_SSL = 0x20;
local SSL_VERSION, SSL_CIPHER, SSL_CLIENT_CERT = 0x21, 0x23, 0x28;
local CLIENT_SSL = 0x01;

-- Private: channel bindings, by the name that SASL knows them by, with the lengths that they can have.
local BINDINGS = {
	["tls-exporter"] = { tlv = 0xE1, min = 32, max = 32 };         -- RFC 9266
	["tls-server-end-point"] = { tlv = 0xE2, min = 32, max = 64 }; -- RFC 5929, section 4
};

local function read_u16(bytes, at)
	local high, low = bytes:byte(at, at + 1);
	return high * 256 + low;
end

-- Values by type; nil where they do not fit into each other, or one is there twice: which one would count?
local function read_tlvs(bytes, at, last)
	local values = {};
	while at <= last do
		if at + 2 > last then return nil; end
		local kind, length = bytes:byte(at), read_u16(bytes, at + 1);
		local value_end = at + 2 + length;
		if value_end > last or values[kind] then return nil; end
		values[kind] = bytes:sub(at + 3, value_end);
		at = value_end + 1;
	end
	return values;
end

-- { version, cipher, verified, certificate }, the certificate as DER; nil without TLS; nil and a reason where it is broken.
local function read_tls(value)
	if not value then return nil; end
	if #value < 5 then return nil, "a TLS part that is too short"; end

	local client = value:byte(1);
	local parts = read_tlvs(value, 6, #value);
	if not parts then return nil, "a broken TLS part"; end
	if client % 2 ~= CLIENT_SSL then return nil; end
	return {
		version = parts[SSL_VERSION];
		cipher = parts[SSL_CIPHER];
		-- "The <verify> field will be zero if the client presented a certificate and it was successfully verified".
		verified = value:sub(2, 5) == "\0\0\0\0";
		certificate = parts[SSL_CLIENT_CERT];
	};
end

local function read_bindings(values)
	local bindings = {};
	for name, kind in pairs(BINDINGS) do
		local value = values[kind.tlv];
		if value then
			if #value < kind.min or #value > kind.max then return nil, "a channel binding of a wrong length"; end
			bindings[name] = value;
		end
	end
	return bindings;
end

-- input: all that a connection has said so far.
-- Returns nil when the header is not whole yet; false and a reason when it is none; else a table:
--   length     of the header; what stands behind it is the client's
--   address    of the client as text; nil where it has none
--   tls        what read_tls says; nil where the client stands in no TLS
--   bindings   channel bindings by name; empty without TLS
local function read(input)
	local seen = input:sub(1, #SIGNATURE);
	if seen ~= SIGNATURE:sub(1, #seen) then
		if seen:sub(1, 5) == "PROXY" then
			return false, "a header of version 1: the gate needs proxy-protocol = \"v2\"";
		end
		return false, "no PROXY header: the gate needs proxy-protocol = \"v2\"";
	end
	if #input < FIXED_LENGTH then return nil; end

	local command, family, length = input:byte(13), input:byte(14), read_u16(input, 15);
	local address_length = ADDRESS_LENGTH[family];
	if command ~= COMMAND_LOCAL and command ~= COMMAND_PROXY then return false, "an unknown version or command"; end
	if not address_length then return false, "an unknown address family"; end
	if length > MAX_BODY then return false, "a header longer than 8 KiB"; end
	local last = FIXED_LENGTH + length;
	if #input < last then return nil; end

	-- Source, destination, and their ports.
	local addresses_end = FIXED_LENGTH + (address_length > 0 and 2 * address_length + 4 or 0);
	if addresses_end > last then return false, "a header too short for its addresses"; end
	local values = read_tlvs(input, addresses_end + 1, last);
	if not values then return false, "a broken TLV"; end

	local tls, bindings, problem = nil, {}, nil;
	tls, problem = read_tls(values[TLV_SSL]);
	if tls then bindings, problem = read_bindings(values); end
	if problem then return false, problem; end

	-- LOCAL is a gate that asks for itself, or its client of a unix socket: the address that is seen is right for both.
	local has_address = command == COMMAND_PROXY and address_length > 0;
	return {
		length = last;
		address = has_address and ntop(input:sub(FIXED_LENGTH + 1, FIXED_LENGTH + address_length)) or nil;
		tls = tls;
		bindings = bindings;
	};
end

return { read = read };
