using System.Collections.Immutable;

namespace Postern.Protocols.Lookup;

/// <summary>
/// What an MTA of this machine asks a policy by. No protocol of a gate: nothing is relayed, and there is no backend.
/// </summary>
public sealed class LookupProtocol : Protocol
{
    private LookupProtocol(string name, int maxRequest) => (Name, MaxRequest) = (name, maxRequest);

    public static LookupProtocol Socketmap { get; } = new("socketmap", Lookup.Socketmap.MaxRequest);

    public static LookupProtocol TcpTable { get; } = new("tcp-table", Lookup.TcpTable.MaxRequest);

    public static ImmutableArray<LookupProtocol> All { get; } = [Socketmap, TcpTable];

    public override string Name { get; }

    /// <summary>A request has no more bytes.</summary>
    public int MaxRequest { get; }

    public override FirstSpeaker FirstSpeaker => FirstSpeaker.Client;

    public override bool HasStartTls => false;

    public static LookupProtocol? Find(string name) => All.FirstOrDefault(protocol => protocol.Name == name);

    public MapRequest Read(ReadOnlySpan<byte> input) => this == Socketmap ? Lookup.Socketmap.Read(input) : Lookup.TcpTable.Read(input);

    public void Write(MapReply reply, string text, ref ByteWriter output)
    {
        if (this == Socketmap)
            Lookup.Socketmap.Write(reply, text, ref output);
        else
            Lookup.TcpTable.Write(reply, text, ref output);
    }

    public override FrontNegotiator FacingClient(FrontSettings settings) => throw NoDialogue();

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) => throw NoDialogue();

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output) =>
        Write(MapReply.Later, "not to be had now", ref output);

    public override int NextCommand(ReadOnlySpan<byte> input) => Read(input).Length;

    private InvalidOperationException NoDialogue() => new($"{Name} has no STARTTLS and no greeting.");
}
