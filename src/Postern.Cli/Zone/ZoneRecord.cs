namespace Postern.Cli.Zone;

/// <summary>One line of a zone file.</summary>
/// <param name="Owner">Absolute, with its closing dot: <c>_imaps._tcp.example.org.</c></param>
/// <param name="Type">SRV or TLSA.</param>
/// <param name="Data">What stands behind the type.</param>
/// <param name="Why">For the comment above it; the same for records that belong together.</param>
internal sealed record ZoneRecord(string Owner, string Type, string Data, string Why)
{
    public override string ToString() => $"{Owner} IN {Type} {Data}";
}
