namespace Postern.Configuration.Reading;

/// <summary>Reads one entry of a gate's <c>route</c>.</summary>
internal static class RouteReader
{
    public static RouteDraft Read(TableReader table)
    {
        table.CheckKeys(KnownKeys.Route);
        return new RouteDraft
        {
            Table = table,
            Sni = ReadSni(table),
            Backend = table.Address("backend"),
            BackendName = table.Parsed<string>("backend-name", BackendTlsReader.ParseName),
            Certificates = table.Texts("certificate"),
        };
    }

    private static Setting<string>? ReadSni(TableReader table)
    {
        if (table.Text("sni") is not { } text)
            return null;

        // SNI is compared without regard to case (RFC 6066 §3), a wildcard stands for one whole label (RFC 9525 §6.3).
        string name = text.Value.ToLowerInvariant();
        string key = table.Name("sni");
        if (AddressText.TryIp(name) is not null)
        {
            table.Problems.Error(text.At, key, $"{Quoted.Word(text.Value)}: clients send no addresses in SNI (RFC 6066 §3)");
            return null;
        }

        if (AddressText.IsHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name))
            return new Setting<string>(name, text.At);

        table.Problems.Error(text.At, key, $"{Quoted.Word(text.Value)} is neither a host name nor a wildcard like \"*.example.org\"{InternationalName.Hint(text.Value)}");
        return null;
    }
}
