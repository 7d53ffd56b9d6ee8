using Postern.Interop.LibSsl.KeySchedule;

namespace Postern.Interop.LibSsl.Records;

/// <summary>A cipher suite of TLS 1.3 (RFC 8446, appendix B.4): the AEAD that protects records, and the hash that its keys come from.</summary>
internal sealed unsafe class RecordSuite
{
    public const int Aes128 = 0x1301;
    public const int Aes256 = 0x1302;
    public const int ChaCha = 0x1303;

    private static readonly RecordSuite s_aes128 = new(Aes128, "TLS_AES_128_GCM_SHA256", ScheduleHash.Sha256, 16, "AES-128-GCM\0"u8);
    private static readonly RecordSuite s_aes256 = new(Aes256, "TLS_AES_256_GCM_SHA384", ScheduleHash.Sha384, 32, "AES-256-GCM\0"u8);
    private static readonly RecordSuite s_chaCha = new(ChaCha, "TLS_CHACHA20_POLY1305_SHA256", ScheduleHash.Sha256, 32, "ChaCha20-Poly1305\0"u8);

    private RecordSuite(int number, string name, ScheduleHash hash, int keyLength, ReadOnlySpan<byte> cipher)
    {
        Number = number;
        Name = name;
        Hash = hash;
        KeyLength = keyLength;

        // Held for the life of the process: a look-up by name for each connection costs more than its keys.
        fixed (byte* c = cipher)
            Cipher = NativeLibCrypto.EVP_CIPHER_fetch(0, c, null);
    }

    /// <summary>Its two bytes in the protocol.</summary>
    public int Number { get; }

    /// <summary>As the registry has it.</summary>
    public string Name { get; }

    public ScheduleHash Hash { get; }

    public int KeyLength { get; }

    /// <summary>EVP_CIPHER; 0 where this OpenSSL has none.</summary>
    public nint Cipher { get; }

    /// <summary>Null for a suite that is not one of the three that OpenSSL offers unasked.</summary>
    public static RecordSuite? Of(int number)
    {
        RecordSuite? suite = number switch
        {
            Aes128 => s_aes128,
            Aes256 => s_aes256,
            ChaCha => s_chaCha,
            _ => null,
        };
        return suite is { Cipher: not 0 } ? suite : null;
    }
}
