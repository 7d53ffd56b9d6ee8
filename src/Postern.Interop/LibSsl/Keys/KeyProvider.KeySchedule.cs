using System.Runtime.InteropServices;
using Postern.Interop.LibSsl.KeySchedule;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>
/// KDF "TLS13-KDF": OpenSSL 3.0 makes each of the twenty-odd secrets of a handshake by way of three look-ups by name and three
/// contexts, which takes three times as long as the hashing. This one hashes (docs/adr/0019-key-schedule.md).
/// </summary>
/// <remarks>provider-kdf(7), EVP_KDF-TLS13_KDF(7).</remarks>
public static unsafe partial class KeyProvider
{
    private const int OperationKdf = 4;
    private const int ModeExtract = 1;
    private const int ModeExpand = 2;

    /// <summary>
    /// More wishes come true than with the default provider's. OpenSSL 3.0 takes no names of properties but those that it knows;
    /// these two are decoders' by trade, and no decoder has such values.
    /// </summary>
    private const string ScheduleProperties = "provider=postern,input=secret,structure=schedule";

    /// <summary>Whatever has no provider named is the default provider's, but for the key schedule.</summary>
    private const string Preferences = "?provider=default,?input=secret,?structure=schedule";

    /// <summary>What libssl will get, which names no provider, is this provider's.</summary>
    private static bool HasSchedule()
    {
        nint schedule = NativeKeys.EVP_KDF_fetch(0, NativeKeys.Text("TLS13-KDF"), null);
        nint provider = schedule == 0 ? 0 : NativeKeys.EVP_KDF_get0_provider(schedule);
        bool ours = provider != 0 && MemoryMarshal.CreateReadOnlySpanFromNullTerminated(NativeKeys.OSSL_PROVIDER_get0_name(provider)).SequenceEqual("postern"u8);
        NativeKeys.EVP_KDF_free(schedule);
        return ours;
    }

    // Numbers of openssl/core_dispatch.h, OSSL_FUNC_KDF_….
    private static nint Schedule() => (nint)Table(
        (1, (nint)(delegate* unmanaged<nint, nint>)&NewSchedule),
        (3, (nint)(delegate* unmanaged<nint, void>)&FreeSchedule),
        (5, (nint)(delegate* unmanaged<nint, byte*, nuint, OsslParameter*, int>)&Derive),
        (8, (nint)(delegate* unmanaged<nint, nint, OsslParameter*>)&SettableSchedule),
        (11, (nint)(delegate* unmanaged<nint, OsslParameter*, int>)&SetSchedule));

    /// <summary>libssl says everything with the derivation itself: there is nothing to keep.</summary>
    [UnmanagedCallersOnly]
    private static nint NewSchedule(nint context) => context;

    [UnmanagedCallersOnly]
    private static void FreeSchedule(nint data)
    {
        // Nothing was made.
    }

    [UnmanagedCallersOnly]
    private static OsslParameter* SettableSchedule(nint data, nint context) => s_settable;

    [UnmanagedCallersOnly]
    private static int SetSchedule(nint data, OsslParameter* parameters) => parameters == null ? 1 : 0;

    /// <summary>Reads what libssl says and derives; nothing in it throws. The traffic secrets go to the channel too. 0 ends the handshake.</summary>
    [UnmanagedCallersOnly]
    private static int Derive(nint data, byte* output, nuint length, OsslParameter* parameters)
    {
        int mode = 0;
        ScheduleHash? hash = null;
        ReadOnlySpan<byte> key = default, salt = default, prefix = default, label = default, context = default;
        for (OsslParameter* at = parameters; at != null && at->Key != null; at++)
        {
            ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(at->Key);
            var value = new ReadOnlySpan<byte>(at->Data, at->Data == null ? 0 : (int)at->Size);
            if (name.SequenceEqual("mode"u8))
                mode = value.Length == sizeof(int) ? MemoryMarshal.Read<int>(value) : 0;
            else if (name.SequenceEqual("digest"u8))
                hash = ScheduleHashOf(value);
            else if (name.SequenceEqual("key"u8))
                key = value;
            else if (name.SequenceEqual("salt"u8))
                salt = value;
            else if (name.SequenceEqual("prefix"u8))
                prefix = value;
            else if (name.SequenceEqual("label"u8))
                label = value;
            else if (name.SequenceEqual("data"u8))
                context = value;
        }

        var secret = new Span<byte>(output, (int)length);
        bool ok = hash is { } known && mode switch
        {
            ModeExtract => Hkdf.TryNextSecret(known, salt, key, prefix, label, secret),
            ModeExpand => Hkdf.TryExpandLabel(known, key, prefix, label, context, secret),
            _ => false,
        };
        if (ok && mode == ModeExpand && label.Length == ClientTraffic.Length && TlsChannel.InHandshake is { } channel)
        {
            bool ofClient = label.SequenceEqual(ClientTraffic);
            if (ofClient || label.SequenceEqual(ServerTraffic))
                channel.Learn(hash!.Value, ofClient, secret);
        }

        return ok ? 1 : 0;
    }

    // RFC 8446 §7.1: what protects all that is said behind the handshake.
    private static ReadOnlySpan<byte> ClientTraffic => "c ap traffic"u8;

    private static ReadOnlySpan<byte> ServerTraffic => "s ap traffic"u8;

    private static ScheduleHash? ScheduleHashOf(ReadOnlySpan<byte> name)
    {
        // A text's size may or may not have its NUL in it.
        name = name.TrimEnd((byte)0);
        if (name.SequenceEqual("SHA2-384"u8) || name.SequenceEqual("SHA384"u8))
            return ScheduleHash.Sha384;
        return name.SequenceEqual("SHA2-256"u8) || name.SequenceEqual("SHA256"u8) ? ScheduleHash.Sha256 : null;
    }
}
