using System.Runtime.InteropServices;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>What the driver has to do after a call, in this order: the hop first.</summary>
[Flags]
public enum OutboundAction
{
    None = 0,

    /// <summary>Send what was written for the hop, then close the connection to it. What it still says is nobody's.</summary>
    CloseHop = 1,

    /// <summary>
    /// Send nothing more to the hop, not even what was written before, and reset the connection: a message is half said, and
    /// nothing may look like its end.
    /// </summary>
    ResetHop = 1 << 1,

    /// <summary>Find a host for <see cref="OutboundSession.Route"/>; there is no hop now.</summary>
    FindRoute = 1 << 2,

    /// <summary>Send what was written for the client, then close. No call may follow.</summary>
    End = 1 << 3,
}

/// <summary>What came of one call.</summary>
/// <param name="Consumed">Bytes of the side that was read. The rest is handed over again, with what came behind it.</param>
/// <param name="Action">What to do.</param>
/// <param name="Refusal">With <see cref="OutboundAction.End"/>: what the client did wrong; none when it took its leave.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct OutboundStep(int Consumed, OutboundAction Action = OutboundAction.None, Refusal Refusal = Refusal.None)
{
    /// <summary>Nothing can be done before something else comes.</summary>
    internal static OutboundStep Wait => default;
}
