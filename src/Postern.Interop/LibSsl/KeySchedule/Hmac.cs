using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Postern.Interop.LibSsl.KeySchedule;

/// <summary>The two hashes that the key schedule of TLS 1.3 is made with (RFC 8446, appendix B.4).</summary>
internal enum ScheduleHash
{
    Sha256,
    Sha384,
}

/// <summary>HMAC (RFC 2104) over OpenSSL's SHA-2, without its look-ups, allocations and contexts.</summary>
internal static unsafe partial class Hmac
{
    public const int MaxDigest = 48;

    public static int DigestLength(ScheduleHash hash) => hash == ScheduleHash.Sha256 ? 32 : 48;

    /// <param name="hash">Which.</param>
    /// <param name="key">At most a block, as all keys of the schedule are.</param>
    /// <param name="first">The message, in two parts.</param>
    /// <param name="second">Its second part.</param>
    /// <param name="output">As long as the digest; may overlap the message.</param>
    public static void Compute(ScheduleHash hash, ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        var prepared = new HmacKey(hash, key);
        prepared.Compute(first, second, output);
        prepared.Dispose();
    }

    /// <summary>The hash of three parts, one behind the other.</summary>
    [SkipLocalsInit]
    public static void Digest(ScheduleHash hash, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> output)
    {
        State state;
        Begin(hash, &state);
        Add(hash, &state, first);
        Add(hash, &state, second);
        Add(hash, &state, third);
        End(hash, &state, output);
    }

    /// <summary>A hash that is made bit by bit.</summary>
    internal static void Begin(ScheduleHash hash, State* state) => _ = hash == ScheduleHash.Sha256 ? SHA256_Init(state) : SHA384_Init(state);

    internal static void Add(ScheduleHash hash, State* state, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* b = bytes)
            _ = hash == ScheduleHash.Sha256 ? SHA256_Update(state, b, (nuint)bytes.Length) : SHA384_Update(state, b, (nuint)bytes.Length);
    }

    /// <summary>Wipes the state.</summary>
    internal static void End(ScheduleHash hash, State* state, Span<byte> output)
    {
        fixed (byte* o = output)
            _ = hash == ScheduleHash.Sha256 ? SHA256_Final(o, state) : SHA384_Final(o, state);
        CryptographicOperations.ZeroMemory(new Span<byte>(state, sizeof(State)));
    }

    /// <summary>Room for SHA256_CTX (112 bytes) and SHA512_CTX (216) of openssl/sha.h.</summary>
    [StructLayout(LayoutKind.Sequential, Size = Length)]
    internal struct State
    {
        public const int Length = 216;
        private ulong _first;
    }

    // Each takes a fraction of a microsecond, and calls nobody back.
    [LibraryImport("libcrypto.so.3")]
    [SuppressGCTransition]
    private static partial int SHA256_Init(State* state);

    [LibraryImport("libcrypto.so.3")]
    [SuppressGCTransition]
    private static partial int SHA256_Update(State* state, byte* data, nuint length);

    [LibraryImport("libcrypto.so.3")]
    [SuppressGCTransition]
    private static partial int SHA256_Final(byte* digest, State* state);

    [LibraryImport("libcrypto.so.3")]
    [SuppressGCTransition]
    private static partial int SHA384_Init(State* state);

    [LibraryImport("libcrypto.so.3")]
    [SuppressGCTransition]
    private static partial int SHA384_Update(State* state, byte* data, nuint length);

    [LibraryImport("libcrypto.so.3")]
    [SuppressGCTransition]
    private static partial int SHA384_Final(byte* digest, State* state);
}
