using System.Runtime.InteropServices;

namespace Postern.Protocols.ProxyProtocol;

public enum ProxyHeaderStatus
{
    /// <summary>Could still become a header.</summary>
    NeedInput,
    Parsed,
    Invalid,
}

/// <summary>What stands at the front of a connection.</summary>
/// <param name="Status">Whether there is a whole header.</param>
/// <param name="Consumed">Its bytes; what stands behind them is the client's.</param>
/// <param name="HasAddresses">False for LOCAL and UNKNOWN: the sender's own connection.</param>
/// <param name="Source">The client.</param>
/// <param name="Destination">What the client connected to.</param>
/// <param name="Reason">Why it is invalid: a text of ours.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ProxyHeaderResult(
    ProxyHeaderStatus Status,
    int Consumed = 0,
    bool HasAddresses = false,
    ProxyAddress Source = default,
    ProxyAddress Destination = default,
    string? Reason = null)
{
    internal static ProxyHeaderResult NeedInput => default;

    internal static ProxyHeaderResult Invalid(string reason) => new(ProxyHeaderStatus.Invalid, Reason: reason);
}

/// <summary>
/// Reads a PROXY protocol header, version 1 or 2 (HAProxy's proxy-protocol.txt). Strict: a header is either exactly what
/// the specification says or an error, since what it says about the client is believed.
/// </summary>
public static class ProxyHeaderReader
{
    internal static ReadOnlySpan<byte> SignatureV1 => "PROXY "u8;

    internal static ReadOnlySpan<byte> SignatureV2 => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static ProxyHeaderResult Read(ReadOnlySpan<byte> input)
    {
        if (Matches(input, SignatureV1) is { } one)
            return one ? ProxyHeaderV1.Read(input) : ProxyHeaderResult.NeedInput;
        if (Matches(input, SignatureV2) is { } two)
            return two ? ProxyHeaderV2.Read(input) : ProxyHeaderResult.NeedInput;
        return ProxyHeaderResult.Invalid("no PROXY header");
    }

    /// <summary>True when these first bytes can be nothing but a header: of a client that may not send one.</summary>
    public static bool LooksLikeHeader(ReadOnlySpan<byte> first) =>
        first.StartsWith(SignatureV1) || first.StartsWith(SignatureV2);

    /// <summary>True: all of the signature; false: a part of it, as far as there is input; null: something else.</summary>
    private static bool? Matches(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
    {
        if (input.Length >= signature.Length)
            return input.StartsWith(signature) ? true : null;
        return signature.StartsWith(input) ? false : null;
    }
}
