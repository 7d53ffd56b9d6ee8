using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>Reads the lowest version of TLS that is spoken.</summary>
internal static class TlsVersionText
{
    public static Setting<TlsVersion>? Read(TableReader table, string key)
    {
        if (table.IsText(key, out string text) && text is "1.0" or "1.1")
        {
            table.Problems.Error(table.ValuePlace(key), table.Name(key), $"TLS {text} is not spoken (RFC 8996): write \"1.2\" or \"1.3\"");
            return null;
        }

        return table.Word<TlsVersion>(key, [("1.2", TlsVersion.Tls12), ("1.3", TlsVersion.Tls13)]);
    }
}
