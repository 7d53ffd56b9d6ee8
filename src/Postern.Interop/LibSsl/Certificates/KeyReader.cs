using System.Security.Cryptography;
using System.Text;

namespace Postern.Interop.LibSsl.Certificates;

/// <summary>Reads a private key and says what kind it is; never what it is.</summary>
internal static unsafe class KeyReader
{
    // EVP_PKEY_… of evp.h, which are NIDs.
    private const int Rsa = 6;
    private const int RsaPss = 912;
    private const int Dsa = 116;
    private const int Dh = 28;
    private const int Ec = 408;
    private const int Ed25519 = 1087;
    private const int Ed448 = 1088;

    private const int MaxCurveName = 80;

    /// <summary>PEM_BUFSIZE of pem.h: OpenSSL looks at no more of a passphrase, and at none behind a NUL.</summary>
    private const int MaxPassphrase = 1024;

    /// <summary>The key, to be freed by the caller; 0 and the problem when there is none. An empty passphrase is none.</summary>
    public static nint Read(ReadOnlySpan<byte> pem, ReadOnlySpan<byte> passphrase, out PemProblem problem)
    {
        problem = Judge(pem);
        bool encrypted = problem == PemProblem.Encrypted;
        if (problem != PemProblem.None && (!encrypted || passphrase.IsEmpty))
            return 0;

        problem = encrypted ? PemProblem.WrongPassphrase : PemProblem.Malformed;
        if (passphrase.Length >= MaxPassphrase)
            return 0;

        byte* phrase = stackalloc byte[MaxPassphrase];
        var copy = new Span<byte>(phrase, MaxPassphrase);
        copy.Clear();
        passphrase.CopyTo(copy);
        nint key;
        fixed (byte* text = pem)
        {
            nint bio = LibCrypto.Pem.BIO_new_mem_buf(text, pem.Length);
            key = LibCrypto.Pem.PEM_read_bio_PrivateKey(bio, null, 0, phrase);
            _ = LibCrypto.Pem.BIO_free(bio);
        }

        CryptographicOperations.ZeroMemory(copy);
        LibCrypto.Pem.ERR_clear_error();
        if (key != 0)
            problem = PemProblem.None;
        return key;
    }

    // Both forms of an encrypted key say so in the clear: PKCS #8 (RFC 5958) in its first line, the older form in a
    // header (RFC 1421 §4.6.1.1).
    public static bool IsEncrypted(ReadOnlySpan<byte> pem) =>
        pem.IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY-----"u8) >= 0 || pem.IndexOf("Proc-Type: 4,ENCRYPTED"u8) >= 0;

    /// <summary>Works on public and private keys.</summary>
    public static KeyFacts Describe(nint key)
    {
        int bits = LibCrypto.EVP_PKEY_get_bits(key);
        int id = LibCrypto.EVP_PKEY_get_base_id(key);
        switch (id)
        {
            case Rsa:
                return new KeyFacts(KeyKind.Rsa, bits, "", $"RSA, {bits} bits");
            case Ec:
                string curve = Curve(key);
                return new KeyFacts(KeyKind.Ec, bits, curve, curve.Length > 0 ? $"EC, {UsualName(curve)}" : $"EC, {bits} bits");
            case Ed25519:
                return new KeyFacts(KeyKind.Ed25519, bits, "", "Ed25519");
            default:
                string name = id switch { RsaPss => "RSA-PSS", Dsa => "DSA", Dh => "Diffie-Hellman", Ed448 => "Ed448", _ => $"type {id}" };
                return new KeyFacts(KeyKind.Other, bits, "", $"{name}, {bits} bits");
        }
    }

    private static PemProblem Judge(ReadOnlySpan<byte> pem)
    {
        if (pem.IndexOf("-----BEGIN "u8) < 0)
            return PemProblem.NotPem;

        if (IsEncrypted(pem))
            return PemProblem.Encrypted;

        return pem.IndexOf("PRIVATE KEY-----"u8) < 0 ? PemProblem.NothingInIt : PemProblem.None;
    }

    private static string Curve(nint key)
    {
        byte* name = stackalloc byte[MaxCurveName];
        nuint length;
        if (LibCrypto.EVP_PKEY_get_group_name(key, name, MaxCurveName, &length) != 1 || length > MaxCurveName)
            return "";

        return Encoding.ASCII.GetString(name, (int)length);
    }

    private static string UsualName(string curve) => curve switch
    {
        "prime256v1" => "P-256",
        "secp384r1" => "P-384",
        "secp521r1" => "P-521",
        _ => curve,
    };
}
