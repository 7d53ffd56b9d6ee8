using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl.Tickets;

/// <summary>Seals and opens session tickets for OpenSSL (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)): AES-256-CBC, HMAC-SHA-256.</summary>
internal static unsafe class TicketCallback
{
    private const int IvLength = 16;

    private const int Failed = -1;
    private const int NoTicket = 0;
    private const int Use = 1;
    private const int UseAndRenew = 2;

    private const int Tls13 = 0x304;

    private static readonly byte* KeyParameter = Static("key\0"u8);
    private static readonly byte* DigestParameter = Static("digest\0"u8);
    private static readonly byte* Sha256Name = Static("SHA256\0"u8);

    /// <summary>Looked up once: what EVP_aes_256_cbc(3) gives is looked up at each use.</summary>
    private static readonly nint s_cipher = NativeLibCrypto.EVP_CIPHER_fetch(0, Static("AES-256-CBC\0"u8), null);

    [UnmanagedCallersOnly]
    public static int Run(nint ssl, byte* keyName, byte* iv, nint cipher, nint mac, int sealing)
    {
        try
        {
            TicketKeys? keys = TlsChannel.InHandshake?.TicketKeys;
            if (keys is null)
                return sealing != 0 ? Failed : NoTicket;

            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            return sealing != 0 ? Seal(keys.ToSeal(now), keyName, iv, cipher, mac) : Open(ssl, keys, now, keyName, iv, cipher, mac);
        }
#pragma warning disable CA1031 // No exception may cross into C; without a ticket the handshake is a full one.
        catch (Exception)
#pragma warning restore CA1031
        {
            return sealing != 0 ? Failed : NoTicket;
        }
    }

    private static int Seal(TicketKeySet? keys, byte* keyName, byte* iv, nint cipher, nint mac)
    {
        // There were keys when the ClientHello came, else no ticket would be wanted now (HelloCallback).
        if (keys is null)
            return Failed;

        keys.Name.CopyTo(new Span<byte>(keyName, TicketKeySet.NameLength));
        if (NativeLibCrypto.RAND_bytes(iv, IvLength) != 1)
            return Failed;

        fixed (byte* key = keys.Cipher)
        {
            if (NativeLibCrypto.EVP_EncryptInit_ex(cipher, s_cipher, 0, key, iv) != 1)
                return Failed;
        }

        return SetMac(mac, keys.Mac) ? Use : Failed;
    }

    private static int Open(nint ssl, TicketKeys held, long now, byte* keyName, byte* iv, nint cipher, nint mac)
    {
        TicketKeySet? keys = held.ToOpen(new ReadOnlySpan<byte>(keyName, TicketKeySet.NameLength), now);
        if (keys is null || !SetMac(mac, keys.Mac))
            return NoTicket;

        fixed (byte* key = keys.Cipher)
        {
            if (NativeLibCrypto.EVP_DecryptInit_ex(cipher, s_cipher, 0, key, iv) != 1)
                return NoTicket;
        }

        // RFC 8446, appendix C.4: a client should use a ticket once, so each resumption gives it the next. OpenSSL issues
        // none in TLS 1.3 unless the callback says "renew".
        bool renew = NativeLibSsl.SSL_version(ssl) == Tls13 || !ReferenceEquals(keys, held.ToSeal(now));
        return renew ? UseAndRenew : Use;
    }

    private static bool SetMac(nint mac, ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            OsslParameter* parameters = stackalloc OsslParameter[3];
            parameters[0] = new OsslParameter { Key = KeyParameter, Type = OsslParameter.OctetString, Data = k, Size = (nuint)key.Length };
            parameters[1] = new OsslParameter { Key = DigestParameter, Type = OsslParameter.Utf8String, Data = Sha256Name, Size = 6 };
            parameters[2] = default;
            return NativeLibCrypto.EVP_MAC_CTX_set_params(mac, parameters) == 1;
        }
    }

    private static byte* Static(ReadOnlySpan<byte> text)
    {
        byte* copy = (byte*)NativeMemory.Alloc((nuint)text.Length);
        text.CopyTo(new Span<byte>(copy, text.Length));
        return copy;
    }
}
