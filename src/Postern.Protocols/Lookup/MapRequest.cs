using System.Runtime.InteropServices;

namespace Postern.Protocols.Lookup;

/// <summary>What was read of a request.</summary>
public enum MapRequestStatus
{
    NeedInput,
    Request,

    /// <summary>It is none: there is no answer to it, and what follows cannot be read.</summary>
    Garbage,
}

/// <summary>What came of a look-up.</summary>
public enum MapReply
{
    Found,
    NotFound,
    Later,
}

/// <summary>A request for a look-up.</summary>
/// <param name="Status">Whether there is one.</param>
/// <param name="Length">Bytes that it takes.</param>
/// <param name="Map">The map's name; empty where the protocol has none.</param>
/// <param name="Key">What is looked up: bytes of a client, unchecked.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MapRequest(MapRequestStatus Status, int Length, string Map, string Key)
{
    internal static MapRequest NeedInput => new(MapRequestStatus.NeedInput, 0, "", "");

    internal static MapRequest Garbage => new(MapRequestStatus.Garbage, 0, "", "");
}
